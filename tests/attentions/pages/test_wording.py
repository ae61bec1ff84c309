"""The words of a ritual: writing, trying on real members, variants, a test to oneself."""

import pytest

from attentions.kinds import kind_of
from attentions.models import Ritual, Wording
from attentions.services import rituals
from outbox.models import Message
from tests.attentions.pages.conftest import HTMX, on, page, planned
from tests.factories import a_builder, a_community, a_member

WORDS = {"subject": "Hurray, {first_name}", "body": "Dear {first_name},\n\nall the best!", "belated": "a bit late:"}


def wording(community, language="en", variant=1, name="wording"):
    return page(name, community, "birthday", language, variant)


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_a_new_ritual_shows_the_kinds_own_words_and_keeps_nothing(client, community):
    text = text_of(client.get(wording(community)))
    assert "Happy birthday, {first_name}" in text
    assert not Ritual.objects.exists()


def test_words_are_kept(client, community):
    assert client.post(wording(community), WORDS).status_code == 302
    kept = Wording.objects.get(language="en")
    assert (kept.subject, kept.body, kept.belated) == (WORDS["subject"], WORDS["body"], WORDS["belated"])
    assert Wording.objects.filter(language="fr").exists()


@pytest.mark.parametrize(
    ("field", "text", "error"),
    [
        ("subject", "Dear {first_nam}", "Did you mean {first_name}?"),
        ("body", "You turn {age}", "Not everybody has a value for {age}"),
        ("body", "Dear {{ first_name }}", "A curly bracket stands alone"),
        ("body", "Dear *|FNAME|*", "placeholder of another program"),
        ("belated", "late {personal_line}", "There is no placeholder {personal_line}"),
        ("subject", "", "Please write something here."),
        ("body", "x" * 5001, "At most 5000 characters."),
        ("subject", "bell \x07", "invisible control character"),
    ],
)
def test_what_is_wrong_is_said_by_field_and_what_was_typed_stays(client, community, field, text, error):
    response = client.post(wording(community), WORDS | {field: text})
    assert response.status_code == 422
    form = response.context["form"]
    assert error in form.errors[field][0]
    assert form[field].value() == text
    assert not Wording.objects.exists()


def test_the_preview_fills_in_real_members_one_after_the_other(client, community, maya):
    a_member(community, name="Ole Hansen", birth_month=3, birth_day=8)
    first = client.post(wording(community, name="wording_preview"), WORDS, headers=HTMX)
    second = client.post(wording(community, name="wording_preview"), WORDS | {"next": "1"}, headers=HTMX)
    third = client.post(wording(community, name="wording_preview"), WORDS | {"next": "1", "person": "1"}, headers=HTMX)
    assert "Hurray, Maya" in text_of(first)
    assert "Hurray, Ole" in text_of(second)
    assert "Hurray, Maya" in text_of(third)
    assert "<html" not in text_of(first)


def test_the_preview_shows_a_personal_line_and_lateness_where_wanted(client, community, maya):
    url = wording(community, name="wording_preview")
    plain = text_of(client.post(url, WORDS, headers=HTMX))
    full = text_of(client.post(url, WORDS | {"with_line": "on", "is_late": "on"}, headers=HTMX))
    assert "a bit late:" not in plain
    assert "a bit late:" in full
    assert "Here stands the line you add" in full


def test_the_preview_of_wrong_words_says_what_is_wrong(client, community, maya):
    response = client.post(wording(community, name="wording_preview"), WORDS | {"body": "{nope}"}, headers=HTMX)
    assert response.status_code == 200
    assert "There is no placeholder {nope}" in text_of(response)


def test_without_a_script_the_preview_is_the_whole_page_with_what_was_typed(client, community, maya):
    text = text_of(client.post(wording(community, name="wording_preview"), WORDS))
    assert "Hurray, {first_name}" in text
    assert "Hurray, Maya" in text
    assert not Wording.objects.exists()


def test_with_nobody_to_try_it_on_a_made_up_person_is_used(client, community):
    text = text_of(client.post(wording(community, name="wording_preview"), WORDS | {"body": "You turn {age|older}"}))
    assert "made-up person" in text
    assert "Hurray, Maya" in text


def test_a_test_goes_to_oneself_and_says_so(client, community, maya, ana):
    response = client.post(wording(community, name="wording_test"), WORDS, headers=HTMX)
    assert "A test is on its way" in text_of(response)
    message = Message.objects.get()
    assert (message.message_class, message.to_email, message.member) == ("account", ana.email, None)
    assert message.subject == "Test: Hurray, Maya"
    assert "This is a test of “Birthday”, as Maya Okafor would get it." in message.text
    assert "unsubscribe" not in message.text.lower()


def test_a_test_without_a_script_keeps_what_was_typed(client, community, maya):
    text = text_of(client.post(wording(community, name="wording_test"), WORDS))
    assert f'name="next" value="{wording(community)}"' in text, "another language is read on a page"
    assert "Hurray, {first_name}" in text
    assert "A test is on its way" in text
    assert Message.objects.count() == 1
    assert not Wording.objects.exists()


def test_wrong_words_are_not_sent_even_as_a_test(client, community, maya):
    assert client.post(wording(community, name="wording_test"), WORDS | {"subject": "{x}"}).status_code == 422
    part = client.post(wording(community, name="wording_test"), WORDS | {"subject": "{x}"}, headers=HTMX)
    assert part.status_code == 422
    assert "There is no placeholder {x}" in text_of(part)
    assert "<h1" not in part.content.decode()
    assert not Message.objects.exists()


def test_another_variant_begins_as_a_copy_and_is_used_in_turn(client, community, maya):
    on(community)
    client.post(wording(community), WORDS)
    response = client.post(page("wording_add", community, "birthday", "en"))
    assert response.headers["Location"] == wording(community, variant=2)
    assert list(Wording.objects.filter(language="en").values_list("variant", "subject")) == [
        (1, WORDS["subject"]),
        (2, WORDS["subject"]),
    ]
    assert "Variant 2" in text_of(client.get(wording(community)))


def test_another_variant_begins_with_the_words_as_typed(client, community):
    add = page("wording_add", community, "birthday", "en") + "?variant=1"
    typed = WORDS | {"subject": "All the best, {first_name}"}
    assert client.post(add, typed).headers["Location"] == wording(community, variant=2)
    assert Wording.objects.get(variant=2).subject == typed["subject"]
    assert Wording.objects.filter(subject=typed["subject"]).count() == 1
    refused = client.post(add, typed | {"subject": "Not saved {x}"})
    assert refused.status_code == 422
    assert "Not saved {x}" in text_of(refused)
    assert not Wording.objects.filter(variant=3).exists()


@pytest.mark.parametrize("variant", ["2", "", "one", "9" * 5_000])
def test_another_variant_of_one_that_is_not_there_is_not_found(client, community, variant):
    add = page("wording_add", community, "birthday", "en") + f"?variant={variant}"
    assert client.post(add).status_code == 404
    assert not Wording.objects.exists()


def test_deleting_a_variant_asks_first(client, community):
    on(community)
    client.post(wording(community), WORDS)
    asked = text_of(client.get(wording(community, name="wording_delete")))
    assert f"Delete “{WORDS['subject']}”?" in asked
    assert Wording.objects.filter(language="en").exists()


def test_a_variant_is_deleted_but_never_the_last_one(client, community):
    on(community)
    client.post(page("wording_add", community, "birthday", "en"))
    client.post(wording(community, variant=1, name="wording_delete"))
    assert list(Wording.objects.filter(language="en").values_list("variant", flat=True)) == [2]
    response = client.post(wording(community, variant=2, name="wording_delete"), follow=True)
    assert "Keep at least one wording in each language." in text_of(response)
    assert Wording.objects.filter(language="en").count() == 1


def test_another_variant_is_added_when_the_first_is_gone(client, community):
    on(community)
    client.post(page("wording_add", community, "birthday", "en"))
    client.post(wording(community, variant=1, name="wording_delete"))
    response = client.post(page("wording_add", community, "birthday", "en"))
    assert response.headers["Location"] == wording(community, variant=3)
    assert list(Wording.objects.filter(language="en").values_list("variant", flat=True)) == [2, 3]


def test_a_dozen_variants_are_enough(client, community):
    on(community)
    for _number in range(14):
        response = client.post(page("wording_add", community, "birthday", "en"), follow=True)
    assert "A dozen variants are enough" in text_of(response)
    assert Wording.objects.filter(language="en").count() == 12


def test_the_first_words_can_be_taken_again_and_are_kept_only_when_saved(client, community):
    client.post(wording(community), WORDS)
    text = text_of(client.get(wording(community) + "?own"))
    assert kind_of("birthday").words("en").subject in text
    assert Wording.objects.get(language="en").subject == WORDS["subject"]


def test_new_words_leave_alone_what_is_approved(client, community, attention, ana):
    from attentions.services import approval
    from tests.attentions.pages.conftest import NOW

    approval.approve([attention], community=community, by=ana, now=NOW)
    before = Message.objects.get().text
    client.post(wording(community), WORDS)
    planned(community)
    assert (Message.objects.get().text, Message.objects.get().state) == (before, "queued")


@pytest.mark.parametrize(("language", "variant"), [("de", 1), ("en", 7)])
def test_a_language_or_variant_that_does_not_exist_is_a_404(client, community, language, variant):
    assert client.get(wording(community, language, variant)).status_code == 404
    assert client.post(wording(community, language, variant, name="wording_delete")).status_code == 404


def test_another_communitys_words_do_not_exist(client):
    other = a_community()
    rituals.ritual_for(other, "birthday")
    a_builder(other)
    assert client.get(wording(other)).status_code == 404
    assert client.post(wording(other), WORDS).status_code == 404


def test_it_is_read_in_french(client, community, ana, maya):
    ana.language = "fr"
    ana.save(update_fields=["language"])
    assert client.get(wording(community, "fr")).status_code == 200
