"""All attentions by state."""

from datetime import timedelta

import pytest

from attentions.models import Attention
from attentions.services import approval, by_hand
from attentions.views import listing
from members.models import Member
from tests.attentions.pages.conftest import HTMX, NOW, on, page, planned, signed_in
from tests.factories import a_builder, a_community, a_member


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def names(client, community, **asked) -> list[str]:
    return [line.person.name for line in client.get(page("list", community), asked).context["lines"]]


@pytest.fixture
def rows(community, maya) -> list[Attention]:
    on(community)
    a_member(community, name="Ole Hansen", birth_month=3, birth_day=8)
    return planned(community)


def test_what_waits_comes_first_and_what_is_later_is_upcoming(client, community, rows):
    assert names(client, community) == ["Maya Okafor"]
    assert names(client, community, state="upcoming") == ["Ole Hansen"]


def test_what_is_snoozed_or_on_hold_is_upcoming_and_says_so(client, community, rows, ana):
    approval.snooze(rows[0], by=ana, until=NOW + timedelta(hours=3))
    ends = NOW + timedelta(days=20)
    Member.objects.filter(name="Ole Hansen").update(hold_until=ends.date(), hold_ends_at=ends)
    text = text_of(client.get(page("list", community), {"state": "upcoming"}))
    assert "snoozed, back today at 13:30" in text
    assert "on hold" in text
    assert names(client, community) == []


def test_a_column_with_nothing_in_it_is_left_out(client, community, rows, ana):
    header = '<th scope="col">What happened</th>'
    assert header not in text_of(client.get(page("list", community)))
    approval.approve(Attention.objects.filter(pk=rows[0].pk), community=community, by=ana, now=NOW)
    assert header in text_of(client.get(page("list", community), {"state": "approved"}))


def test_what_is_typed_letter_by_letter_does_not_fill_the_history(client, community, rows):
    here = page("list", community) + "?state=waiting&q=may"
    response = client.get(here, headers={**HTMX, "HX-Trigger-Name": "q"})
    assert (response["HX-Replace-Url"], "HX-Push-Url" in response) == (here, False)
    assert client.get(here, headers=HTMX)["HX-Push-Url"] == here


@pytest.mark.parametrize("state", ["approved", "declined", "expired", "withdrawn"])
def test_each_state_has_its_page_with_an_explanation(client, community, rows, state):
    approved_at = NOW if state == "approved" else None
    Attention.objects.filter(pk=rows[0].pk).update(state=state, approved_at=approved_at)
    response = client.get(page("list", community), {"state": state})
    assert [line.person.name for line in response.context["lines"]] == ["Maya Okafor"]
    assert str(response.context["state_help"]) in text_of(response)


def test_what_expired_is_explained(client, community, rows):
    Attention.objects.update(state="expired")
    text = text_of(client.get(page("list", community), {"state": "expired"}))
    assert "They are not sent late without a person" in text
    assert "nobody said yes in time" in text


def test_what_was_approved_but_came_too_late_is_not_said_to_have_waited_for_a_yes(client, community, rows):
    Attention.objects.update(state="expired", approved_at=NOW)
    text = text_of(client.get(page("list", community), {"state": "expired"}))
    assert "approved, but not delivered in time" in text
    assert "nobody said yes in time" not in text


@pytest.mark.parametrize(
    ("state", "words"), [("declined", "Held back"), ("expired", "nobody said yes in time"), ("withdrawn", "")]
)
def test_what_is_settled_no_longer_says_that_it_asks_again(client, community, rows, state, words):
    Attention.objects.update(state=state, asks_again="moved", declined_reason="objected")
    line, *_others = client.get(page("list", community), {"state": state}).context["lines"]
    assert line.what == words


def test_what_is_done_says_by_whom(client, community, maya, ana):
    by_hand.record_done(maya, by=ana, now=NOW, detail="Called her", done_on=NOW.date())
    assert "by Ana Costa" in text_of(client.get(page("list", community), {"state": "done"}))


def test_it_is_filtered_by_kind_and_by_person(client, community, rows, maya, ana):
    by_hand.plan_by_hand(maya, by=ana, now=NOW, detail="Call her", due_on=NOW.date())
    assert len(names(client, community)) == 2
    assert len(names(client, community, kind="by_hand")) == 1
    assert names(client, community, q="ole") == []
    assert names(client, community, q="OKAF", kind="birthday") == ["Maya Okafor"]
    assert names(client, community, state="upcoming", member=rows[1].member_id) == ["Ole Hansen"]
    text = text_of(client.get(page("list", community), {"member": rows[1].member_id}))
    assert "<title>Attentions for Ole Hansen · " in text


def test_searching_answers_with_the_results_alone(client, community, rows):
    response = client.get(page("list", community), {"q": "maya"}, headers=HTMX)
    assert "Maya Okafor" in text_of(response)
    assert "<html" not in text_of(response)


def test_it_is_paged_by_what_was_seen_last(client, community, monkeypatch):
    monkeypatch.setattr(listing, "PAGE", 2)
    on(community)
    for number in range(5):
        a_member(community, name=f"Member {number}", birth_month=3, birth_day=1)
    planned(community)
    seen, url = [], page("list", community)
    while url:
        response = client.get(url)
        seen += [line.person.name for line in response.context["lines"]]
        url = response.context["later_url"]
    assert sorted(seen) == [f"Member {number}" for number in range(5)]


@pytest.mark.parametrize(
    "asked", [{"state": "flying"}, {"member": "x"}, {"cursor": "x"}, {"kind": "x" * 99}, {"q": "\x00"}]
)
def test_nonsense_in_the_address_does_no_harm(client, community, rows, asked):
    assert client.get(page("list", community), asked).status_code == 200


def test_another_communitys_member_does_not_exist(client, community):
    theirs = a_member(a_community())
    assert client.get(page("list", community), {"member": theirs.pk}).status_code == 404


def test_it_never_shows_another_communitys_attentions(community, rows):
    other = a_community(slug="weavers")
    stranger = signed_in(a_builder(other))
    assert names(stranger, other, state="upcoming") == []
    assert stranger.get(page("list", community)).status_code == 404


def test_a_greeter_may_read_it_and_does_not_find_people_by_address(community, rows, greeter, maya):
    theirs = signed_in(greeter)
    assert names(theirs, community) == ["Maya Okafor"]
    assert names(theirs, community, q=maya.email.partition("@")[0]) == []


@pytest.mark.parametrize("members", [5, 100])
def test_it_asks_the_database_as_often_whatever_there_is(client, community, members, django_assert_max_num_queries):
    on(community)
    for _number in range(members):
        a_member(community, birth_month=3, birth_day=1)
    planned(community)
    client.get(page("list", community))
    with django_assert_max_num_queries(14):
        client.get(page("list", community))


def test_it_is_read_in_french(client, community, rows, ana):
    ana.language = "fr"
    ana.save(update_fields=["language"])
    for state in ("waiting", "upcoming", "expired"):
        assert client.get(page("list", community), {"state": state}).status_code == 200
