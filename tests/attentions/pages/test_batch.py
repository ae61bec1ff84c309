"""Every letter of the queue on one page, approved at once: what was read is what leaves."""

from datetime import timedelta

import pytest

from attentions.models import Attention
from attentions.services import approval, rituals
from attentions.views import batch
from members.models import Member
from outbox.models import Message
from tests.attentions.pages.conftest import NOW, on, page, planned, signed_in
from tests.factories import a_builder, a_community, a_member


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def three(community, maya) -> list[Attention]:
    """Three birthdays of today."""
    on(community)
    a_member(community, name="Ole Hansen", birth_month=3, birth_day=1)
    a_member(community, name="Kai Nakamura", birth_month=3, birth_day=1)
    return planned(community)


def form_of(response, **changes) -> dict[str, object]:
    """What the form on the page posts as it stands, with some fields changed."""
    items = response.context["items"]
    data: dict[str, object] = {"letter": [str(item.id) for item in items], "pick": [str(item.id) for item in items]}
    for item in items:
        data |= {f"seen-{item.id}": item.digest, f"line-{item.id}": item.personal_line}
    return data | changes


def states() -> dict[str, str]:
    return dict(Attention.objects.values_list("member__name", "state"))


def test_every_letter_is_shown_in_full_and_ticked(client, community, three):
    text = text_of(client.get(page("batch", community)))
    for name in ("Maya", "Ole", "Kai"):
        assert f"Dear {name}," in text
    assert text.count("happy birthday from all of us at The Potters.") == 3
    assert "You receive this from The Potters because you told us your birthday." in text
    assert text.count("data-pick checked") == 3
    assert "<span data-picked>3</span> of 3 ticked" in text


def test_those_that_are_ticked_are_approved_with_their_lines(client, community, three):
    data = form_of(client.get(page("batch", community)))
    maya, ole = (row for row in three if row.member.name in ("Maya Okafor", "Ole Hansen"))
    data |= {"pick": [str(maya.pk), str(ole.pk)], f"line-{maya.pk}": "See you in Lyon."}
    response = client.post(page("batch", community), data, follow=True)
    assert "2 are approved. You have a minute to undo that." in text_of(response)
    assert states() == {"Maya Okafor": "approved", "Ole Hansen": "approved", "Kai Nakamura": "proposed"}
    assert Message.objects.filter(text__contains="See you in Lyon.").count() == 1


def test_when_all_are_approved_it_leads_back_to_today(client, community, three):
    response = client.post(page("batch", community), form_of(client.get(page("batch", community))))
    assert response.headers["Location"] == "/c/potters/"


def test_a_line_typed_beside_a_letter_that_is_not_ticked_is_kept(client, community, three):
    data = form_of(client.get(page("batch", community)), pick=[])
    data[f"line-{three[0].pk}"] = "For later"
    response = client.post(page("batch", community), data, follow=True)
    assert "Nothing was ticked, so nothing was approved." in text_of(response)
    three[0].refresh_from_db()
    assert (three[0].state, three[0].personal_line) == ("proposed", "For later")


def test_what_a_colleague_settled_meanwhile_is_said_and_the_others_go(client, community, three, ben):
    data = form_of(client.get(page("batch", community)))
    approval.approve([three[0]], community=community, by=ben, now=NOW)
    text = text_of(client.post(page("batch", community), data, follow=True))
    assert f"{three[0].member.name}: Ben Okri has approved this already." in text
    assert set(states().values()) == {"approved"}
    assert Message.objects.count() == 3


def test_a_letter_that_has_changed_is_not_sent_unseen_but_shown_again(client, community, three):
    data = form_of(client.get(page("batch", community)))
    data[f"line-{three[0].pk}"] = "A line of mine"
    Member.objects.filter(pk=three[0].member_id).update(preferred_name="Maysie")
    response = client.post(page("batch", community), data)
    assert response.status_code == 409
    text = text_of(response)
    assert "Please read these again" in text
    assert "Dear Maysie," in text
    assert "A line of mine" in text
    assert [item.id for item in response.context["items"]] == [three[0].pk]
    assert sorted(states().values()) == ["approved", "approved", "proposed"]
    again = client.post(page("batch", community), form_of(response))
    assert again.status_code == 302
    assert set(states().values()) == {"approved"}


@pytest.mark.parametrize("change", ["wording", "line", "address", "late"])
def test_whatever_changes_a_letter_it_is_shown_again(client, community, three, ana, ben, clock, change):
    data = form_of(client.get(page("batch", community)))
    if change == "wording":
        rituals.save_wording(three[0].ritual, by=ben, language="en", variant=1, subject="New", body="New words")
    elif change == "line":
        for row in three:
            approval.set_personal_line(row, by=ben, line="Of a colleague")
    elif change == "address":
        Member.objects.update(email="new@example.org")
    else:
        clock.shift(timedelta(days=1))
        client = signed_in(ana)
    assert client.post(page("batch", community), data).status_code == 409
    assert set(states().values()) == {"proposed"}
    assert not Message.objects.exists()


def test_without_the_hash_of_what_was_seen_nothing_goes(client, community, three):
    data = {"letter": [str(three[0].pk)], "pick": [str(three[0].pk)]}
    assert client.post(page("batch", community), data).status_code == 409
    assert not Message.objects.exists()


def test_what_was_approved_together_is_undone_together(client, community, three):
    client.post(page("batch", community), form_of(client.get(page("batch", community))))
    response = client.post(page("batch_undo", community), follow=True)
    assert "3 are taken back." in text_of(response)
    assert set(states().values()) == {"proposed"}
    assert set(Message.objects.values_list("state", flat=True)) == {"cancelled"}


def test_undoing_what_has_left_says_that_it_is_too_late(client, community, three):
    client.post(page("batch", community), form_of(client.get(page("batch", community))))
    Message.objects.filter(member=three[0].member).update(state="sent", sent_at=NOW)
    text = text_of(client.post(page("batch_undo", community), follow=True))
    assert "2 are taken back." in text
    assert "Too late to undo the others" in text


def test_fifty_at_a_time_then_the_next(client, community, three, monkeypatch):
    monkeypatch.setattr(batch, "PAGE", 2)
    first = client.get(page("batch", community))
    assert len(first.context["items"]) == 2
    later = client.get(page("batch", community), {"cursor": first.context["page"].later})
    assert len(later.context["items"]) == 1
    response = client.post(page("batch", community), form_of(first))
    assert response.headers["Location"] == page("batch", community)


def test_with_nothing_to_approve_it_says_so(client, community):
    assert "No letter waits" in text_of(client.get(page("batch", community)))


@pytest.mark.parametrize("forged", ["x", "00000000-0000-0000-0000-000000000000"])
def test_a_forged_id_is_a_404(client, community, three, forged):
    assert client.post(page("batch", community), {"letter": forged, "pick": forged}).status_code == 404


def test_another_communitys_letter_is_a_404(client, community, three):
    other = a_community(slug="weavers")
    stranger = signed_in(a_builder(other))
    data = form_of(client.get(page("batch", community)))
    assert stranger.post(page("batch", other), data).status_code == 404
    assert stranger.get(page("batch", community)).status_code == 404
    assert set(states().values()) == {"proposed"}


def test_a_greeter_may_not(community, three, greeter):
    assert signed_in(greeter).get(page("batch", community)).status_code == 403
    assert signed_in(greeter).post(page("batch", community)).status_code == 403


def test_the_number_of_queries_does_not_grow_with_the_letters(client, community, django_assert_max_num_queries):
    on(community)
    for _number in range(40):
        a_member(community, birth_month=3, birth_day=1)
    planned(community)
    client.get(page("batch", community))
    with django_assert_max_num_queries(16):
        response = client.get(page("batch", community))
    assert len(response.context["items"]) == 40


def test_it_is_read_in_french(client, community, three, ana):
    ana.language = "fr"
    ana.save(update_fields=["language"])
    response = client.get(page("batch", community))
    assert response.status_code == 200
    assert client.post(page("batch", community), form_of(response), follow=True).status_code == 200
