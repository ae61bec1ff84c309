"""One member's page: who they are, what has happened, and what each role may see and do."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from care.lib.ids import uuid7
from members.models import Member, Note, Tag, TeamMember
from members.services.custom_fields import add_field
from members.services.members import change_member, hold, set_dates, set_status
from members.services.notes import add_note
from members.services.tags import add_tag
from members.timeline import contract
from members.timeline.contract import HeaderFact, TimelineRow
from tests.factories import a_builder, a_member
from tests.members.pages import HTMX, soup, text
from tests.members.story import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]


def url(member, *rest):
    return "/".join([f"/c/{member.community.slug}/members/{member.pk}", *map(str, rest), ""])


def team(client, community):
    return TeamMember.objects.get(user=client.user, community=community)


# --- what it shows


def test_it_shows_who_they_are(bakers, builder):
    ana = a_member(bakers, name="Ana Lima")
    member = a_member(
        bakers,
        name="Tomás Núñez",
        preferred_name="Tom",
        pronouns="he/they",
        company="Panadería",
        time_zone="Pacific/Auckland",
        language="fr",
        birth_month=2,
        birth_day=29,
        introduced_by=ana,
    )
    add_field(bakers, label="Board", sort="yes_no", by=builder.user)
    change_member(member, by=None, now=NOON, custom={"board": True})
    set_dates(member, [{"label": "First day of the bakery", "month": 6, "day": 1, "year": 2019}], by=None, now=NOON)
    page = text(builder.get(url(member)))
    for words in (
        "Tom Tomás Núñez · he/they · Panadería",
        "Tuesday 2 March, 01:00 in Auckland · French",
        "Birthday 29 February in common years: 28 February",
        "Introduced by Ana Lima",
        "First day of the bakery 1 June 2019",
        "Board Yes",
        member.email,
    ):
        assert words in page
    assert "2024" not in page  # no made-up year


def test_an_unknown_zone_is_said_to_be_the_communitys(bakers, builder):
    assert "13:00 in Paris (the community's time: theirs is not known)" in text(builder.get(url(a_member(bakers))))


def test_a_hold_and_a_status_are_said_on_top(bakers, builder):
    member = a_member(bakers)
    hold(member, until=date(2027, 4, 1), reason="In mourning", by=None, now=NOON)
    page = text(builder.get(url(member)))
    assert "On hold until 1 April 2027 In mourning" in page
    set_status(member, "left", by=None, now=NOON)
    assert "Left · 1 March 2027" in text(builder.get(url(member)))


def test_a_hold_that_has_passed_is_not_shown(bakers, builder):
    member = a_member(bakers)
    hold(member, until=date(2027, 2, 1), reason="x", by=None, now=NOON - timedelta(days=40))
    assert "On hold" not in text(builder.get(url(member)))


def test_the_erased_and_strangers_are_not_there(bakers, elsewhere, builder, charlie):
    assert builder.get(url(a_member(bakers, status="erased"))).status_code == 404
    member = a_member(bakers)
    assert charlie.get(url(member)).status_code == 404
    assert builder.get(f"/c/bakers/members/{a_member(elsewhere).pk}/").status_code == 404
    assert builder.get(f"/c/bakers/members/{uuid7()}/").status_code == 404


def test_the_page_costs_the_same_with_few_and_many_things_on_it(bakers, builder, django_assert_num_queries):
    member = a_member(bakers)
    me = team(builder, bakers)

    def grow(count):
        for number in range(count):
            add_note(member, text=f"Note {number}", by=me, now=NOON - timedelta(hours=number + 1))
            add_tag(member, name=f"Tag {Tag.objects.count()}", by=builder.user)

    grow(3)
    builder.get(url(member))
    with CaptureQueriesContext(connection) as few:
        builder.get(url(member))
    grow(60)
    with django_assert_num_queries(len(few)):
        builder.get(url(member))


# --- what a greeter does not learn


def test_a_greeter_sees_neither_address_nor_reason_nor_private_notes(bakers, greeter, builder):
    member = a_member(bakers, email="secret@example.net")
    hold(member, until=date(2027, 4, 1), reason="Divorce", by=None, now=NOON)
    add_note(member, text="Drinks again", by=team(builder, bakers), now=NOON - timedelta(days=1), is_restricted=True)
    add_note(member, text="Likes tea", by=team(builder, bakers), now=NOON - timedelta(days=1))
    for address in (url(member), url(member) + "?sort=note", url(member) + "?sort=record"):
        html = greeter.get(address).content.decode()
        for hidden in ("secret", "Divorce", "Drinks again", "rivate"):
            assert hidden not in html
    assert "Likes tea" in text(greeter.get(url(member)))
    assert "On hold until 1 April 2027" in text(greeter.get(url(member)))
    assert "Drinks again" in text(builder.get(url(member)))


@pytest.mark.parametrize("door", ["edit", "hold", "hold/end", "status"])
def test_a_greeter_changes_no_facts(bakers, greeter, charlie, client, door):
    member = a_member(bakers, name="Ana")
    for method in ("get", "post"):
        assert getattr(greeter, method)(url(member, door), {"name": "X"}).status_code in {403, 405}
        assert getattr(charlie, method)(url(member, door), {"name": "X"}).status_code == 404
        assert getattr(client, method)(url(member, door), {"name": "X"}).status_code == 302
    assert Member.objects.get().name == "Ana"


def test_a_greeter_may_add_a_note_and_a_tag_but_no_private_note(bakers, greeter):
    member = a_member(bakers)
    assert greeter.post(url(member, "notes"), {"text": "Met at the fair", "is_restricted": "on"}).status_code == 303
    note = Note.objects.get()
    assert (note.text, note.is_restricted) == ("Met at the fair", False)
    assert greeter.post(url(member, "tags"), {"tag": "Speaker"}).status_code == 303
    tag = Tag.objects.get()
    assert member.tags.get() == tag
    assert greeter.post(url(member, "tags", tag.pk, "remove")).status_code == 403


# --- notes and tags


def test_a_note_is_added_by_htmx_without_leaving_the_page(bakers, builder):
    member = a_member(bakers)
    response = builder.post(url(member, "notes"), {"text": "Called her", "is_restricted": "on"}, headers=HTMX)
    assert response.status_code == 200
    html = response.content.decode()
    assert "<html" not in html
    assert "Called her" in html
    assert "Noted." in html


@pytest.mark.parametrize("wrong", ["", "   ", "x" * 10_001, "a\0b"])
def test_a_note_that_cannot_be_comes_back_with_its_words(bakers, builder, wrong):
    member = a_member(bakers)
    response = builder.post(url(member, "notes"), {"text": wrong})
    assert response.status_code == 422
    assert soup(response).select("#timeline .errorlist")
    assert soup(response).select_one("[name=next]")["value"] == url(member), "another language is read on a page"
    assert wrong[:200].strip().strip("\0") in soup(response).select_one("#timeline textarea").get_text()
    assert not Note.objects.exists()


def test_a_note_of_a_megabyte_is_refused_kindly(bakers, builder):
    response = builder.post(url(a_member(bakers), "notes"), {"text": "x" * 1_000_000})
    assert response.status_code == 422
    assert "A note has at most 10000 characters, this one 1000000" in text(response)


def test_only_who_wrote_it_or_an_owner_deletes_a_note(bakers, builder, owner, greeter):
    member = a_member(bakers)
    note = add_note(member, text="x", by=team(builder, bakers), now=NOON)
    private = add_note(member, text="y", by=team(builder, bakers), now=NOON, is_restricted=True)
    assert greeter.post(url(member, "notes", note.pk, "delete")).status_code == 403
    assert greeter.post(url(member, "notes", private.pk, "delete")).status_code == 404
    assert builder.get(url(member, "notes", note.pk, "delete")).status_code == 405
    assert owner.post(url(member, "notes", note.pk, "delete")).status_code == 303
    assert builder.post(url(member, "notes", private.pk, "delete")).status_code == 303
    assert not Note.objects.exists()


def test_a_note_and_a_tag_of_elsewhere_are_not_there(bakers, elsewhere, builder, charlie):
    member, stranger = a_member(bakers), a_member(elsewhere)
    note = add_note(stranger, text="x", by=team(charlie, elsewhere), now=NOON)
    tag = Tag.objects.create(community=elsewhere, name="T", key="t")
    assert builder.post(url(member, "notes", note.pk, "delete")).status_code == 404
    assert builder.post(url(member, "tags", tag.pk, "remove")).status_code == 404
    assert builder.post(f"/c/bakers/members/{stranger.pk}/tags/", {"tag": "x"}).status_code == 404
    assert builder.post(f"/c/bakers/members/{stranger.pk}/notes/", {"text": "x"}).status_code == 404
    assert Note.objects.count() == 1


def test_tags_come_and_go(bakers, builder):
    member = a_member(bakers)
    html = builder.post(url(member, "tags"), {"tag": "Speaker"}, headers=HTMX).content.decode()
    assert "Speaker" in html
    assert "<html" not in html
    builder.post(url(member, "tags", Tag.objects.get().pk, "remove"))
    assert not member.tags.exists()


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_tag_that_cannot_be_is_said_and_what_was_typed_stays(bakers, builder, headers):
    response = builder.post(url(a_member(bakers), "tags"), {"tag": 'a;"b'}, headers=headers)
    html = response.content.decode()
    assert response.status_code == 422
    assert ("<html" in html) is not bool(headers)
    assert "One tag at a time" in html
    assert 'value="a;&quot;b"' in html


# --- timeline


def test_it_tells_notes_joining_and_changes_of_the_record(bakers, builder):
    member = a_member(bakers, joined_on=date(2020, 5, 4))
    change_member(member, by=builder.user, now=NOON, birth_month=3, birth_day=1, company="Acme")
    page = text(builder.get(url(member)))
    assert "Monday 4 May 2020" in page
    assert "Joined the community" in page
    assert "Birthday, company" in page
    assert "Bea Builder" in page


def test_the_day_of_joining_is_their_day_whatever_the_zone_of_the_reader(bakers, builder):
    builder.user.time_zone = "America/Los_Angeles"
    builder.user.save()
    assert "Monday 4 May 2020" in text(builder.get(url(a_member(bakers, joined_on=date(2020, 5, 4)))))


def test_it_can_be_narrowed_to_one_sort(bakers, builder):
    member = a_member(bakers)
    add_note(member, text="Likes tea", by=team(builder, bakers), now=NOON - timedelta(hours=1))
    page = text(builder.get(url(member), {"sort": "note"}))
    assert "Likes tea" in page
    assert "Joined the community" not in page
    fragment = builder.get(url(member), {"sort": "record"}, headers=HTMX).content.decode()
    assert "Likes tea" not in fragment
    assert "<html" not in fragment


def test_going_earlier_tells_every_row_once(bakers, builder):
    member = a_member(bakers)
    me = team(builder, bakers)
    for number in range(75):
        # three at each instant, so that pages end between equals
        add_note(member, text=f"Note number {number:03}.", by=me, now=NOON - timedelta(hours=1 + number // 3))
    seen, address = [], url(member)
    for _page in range(10):
        page = soup(builder.get(address))
        seen += [node.get_text(strip=True) for node in page.select(".timeline .pre")]
        link = page.find("a", href=lambda href: href and "before=" in href)
        if not link:
            break
        address = link["href"]
        fragment = soup(builder.get(address, headers=HTMX))
        assert fragment.select(".what")
        assert not fragment.select("form[method=post] textarea")
    assert sorted(seen) == [f"Note number {number:03}." for number in range(75)]


@pytest.mark.parametrize("before", ["", "yesterday", "2027-01-01", "9999-99-99T00:00:00Z", "0001-01-01T00:00:00+00:00"])
def test_an_instant_that_cannot_be_read_begins_at_the_latest(bakers, builder, before):
    assert builder.get(url(a_member(bakers)), {"before": before, "sort": "nonsense"}).status_code == 200


def test_other_packages_tell_their_part(bakers, builder, monkeypatch):
    class Gifts:
        SORTS = {"gift": "Gifts"}

        @staticmethod
        def rows(member, *, before, limit, team_member):
            return [TimelineRow(at=NOON - timedelta(days=2), sort="gift", icon="gift", title="A book", tone="warm")]

        @staticmethod
        def header(member, *, now):
            return [
                HeaderFact("last", "A book", at=NOON - timedelta(days=2)),
                HeaderFact("last", "A card", at=NOON - timedelta(days=90)),
                HeaderFact("next", "Birthday note", at=NOON + timedelta(days=9)),
                HeaderFact("next", "Anniversary", at=NOON + timedelta(days=30)),
                HeaderFact("preference", "No gifts"),
            ]

    present = list(contract.packages())
    monkeypatch.setattr(contract, "packages", lambda: iter([*present, Gifts]))
    response = builder.get(url(a_member(bakers)))
    page = text(response)
    assert "Gifts" in [chip.get_text(strip=True) for chip in soup(response).select(".chip")]
    assert "Last gesture A book 27 February 2027" in page
    assert "A card" not in page
    assert "Next gesture Birthday note 10 March 2027" in page
    assert "No gifts" in page


def test_local_time_names_the_day_when_it_is_another_one(bakers, builder):
    member = a_member(bakers, time_zone="Pacific/Kiritimati")
    assert "Tuesday 2 March, 02:00 in Kiritimati" in text(builder.get(url(member)))
    assert datetime(2027, 3, 1, 12, tzinfo=UTC) == NOON


def test_a_greeter_sees_no_address_of_a_colleague_who_has_told_no_name(bakers, greeter):
    nameless = a_builder(bakers, name="", email="owner@firm.example", role="owner")
    member = a_member(bakers)
    add_note(member, text="Likes rye", by=bakers.team.get(user=nameless), now=NOON)
    html = greeter.get(url(member)).content.decode()
    assert "Likes rye" in html
    assert "owner@firm.example" not in html


@pytest.mark.parametrize("before", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "soon"])
def test_a_place_in_the_timeline_that_cannot_be_is_the_beginning(bakers, builder, before):
    assert builder.get(url(a_member(bakers)), {"before": before}).status_code == 200
