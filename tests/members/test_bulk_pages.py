"""Bulk actions: chosen, looked at, confirmed, undone; never about somebody else than was shown."""

from datetime import date, timedelta

import pytest

from care.lib.ids import uuid7
from members.models import AuditEntry, Member, MemberTag
from members.services.members import hold
from members.services.tags import add_tag
from tests.factories import a_member
from tests.members.pages import said, soup, text
from tests.members.story import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("at_noon")]
URL = "/c/bakers/members/bulk/"


def query(do, *members, **more):
    picked = "".join(f"&member={member.pk}" for member in members)
    return f"{URL}?do={do}{picked}" + "".join(f"&{name}={value}" for name, value in more.items())


def confirm(client, address, typed=None, **options):
    """Look at the preview, and send what it holds and what was typed there."""
    form = soup(client.get(address)).select_one("main form[method=post]")
    data = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
    return client.post(address, {**data, **(typed or {})}, **options)


def tagged(name):
    return set(Member.objects.filter(tags__name=name))


def test_first_it_asks_for_the_tag_and_keeps_the_selection(bakers, builder):
    ana, ben = a_member(bakers), a_member(bakers)
    form = soup(builder.get(query("tag", ana, ben))).select_one("main form[method=get]")
    assert {field["value"] for field in form.select("input[name=member]")} == {str(ana.pk), str(ben.pk)}
    assert form.select_one("input[name=do]")["value"] == "tag"


def test_then_it_shows_whom_it_touches_and_whom_it_skips(bakers, builder):
    ana, ben = a_member(bakers, name="Ana"), a_member(bakers, name="Ben")
    add_tag(ben, name="Speaker", by=builder.user)
    page = text(builder.get(query("tag", ana, ben, tag="speaker")))
    assert "1 member will be tagged speaker" in page
    assert "Ana" in page
    assert "1 has this tag already" in page
    assert tagged("Speaker") == {ben}


def test_a_preview_changes_nothing_and_a_confirmation_tags_once(bakers, builder):
    ana, ben, cleo = (a_member(bakers) for _ in range(3))
    address = query("tag", ana, ben, tag="Speaker")
    response = confirm(builder, address, follow=True)
    assert "2 members are tagged Speaker." in said(response)
    assert tagged("Speaker") == {ana, ben}
    assert cleo not in tagged("Speaker")
    assert "Nothing would change" in text(builder.get(address))


def test_tagging_can_be_undone_and_only_once(bakers, builder):
    ana, ben = a_member(bakers), a_member(bakers)
    add_tag(ben, name="Speaker", by=builder.user)
    response = confirm(builder, query("tag", ana, ben, tag="Speaker"), follow=True)
    undo = soup(response).select_one("#toasts form")["action"]
    assert "taken off 1 member again" in said(builder.post(undo, follow=True))
    assert tagged("Speaker") == {ben}
    assert "nothing left to undo" in said(builder.post(undo, follow=True))


def test_all_of_a_filter_are_more_than_the_page_shows(bakers, builder):
    for number in range(60):
        a_member(bakers, name=f"Ana {number}", company="Acme")
    a_member(bakers, name="Ben")
    address = query("tag", everyone=1, company="Acme", tag="Speaker")
    page = text(builder.get(address))
    assert "60 members will be tagged Speaker" in page
    assert "and 40 more" in page
    assert confirm(builder, address).url == "/c/bakers/members/?company=Acme"
    assert MemberTag.objects.count() == 60
    assert AuditEntry.objects.get(verb="members.tagged").count == 60


def test_when_the_list_has_changed_since_the_preview_it_is_shown_again(bakers, builder):
    a_member(bakers, company="Acme")
    address = query("tag", everyone=1, company="Acme", tag="Speaker")
    builder.get(address)
    a_member(bakers, company="Acme")
    response = builder.post(address, {"count": "1"})
    assert response.status_code == 409
    assert "2 members will be tagged" in text(response)
    assert not MemberTag.objects.exists()


def test_a_tag_is_taken_off_those_who_have_it(bakers, builder):
    ana, ben = a_member(bakers), a_member(bakers)
    add_tag(ana, name="Speaker", by=builder.user)
    address = query("untag", ana, ben, tag="Speaker")
    assert "1 does not have this tag" in text(builder.get(address))
    assert "1 member lost the tag Speaker." in said(confirm(builder, address, follow=True))
    assert tagged("Speaker") == set()


def test_a_hold_skips_those_who_are_held_or_gone(bakers, builder):
    ana, held, gone = a_member(bakers), a_member(bakers), a_member(bakers, status="left")
    hold(held, until=date(2027, 6, 1), reason="In mourning", by=None, now=NOON)
    address = query("hold", ana, held, gone, until="2027-04-01")
    page = text(builder.get(address))
    assert "Nothing will leave to 1 member until 1 April 2027 has passed" in page
    assert "1 is on hold already, and keeps their own day and reason" in page
    assert "1 is no longer in the community" in page
    refused = confirm(builder, address, {"reason": ""})
    assert refused.status_code == 422
    assert "required" in text(refused)
    assert "1 member is on hold." in said(confirm(builder, address, {"reason": "Strike"}, follow=True))
    for member in (ana, held, gone):
        member.refresh_from_db()
    assert (ana.hold_until, ana.hold_reason) == (date(2027, 4, 1), "Strike")
    assert ana.hold_ends_at - NOON > timedelta(days=30)
    assert (held.hold_until, held.hold_reason) == (date(2027, 6, 1), "In mourning")
    assert gone.hold_until is None


@pytest.mark.parametrize(
    ("do", "more", "words"),
    [
        ("tag", {"tag": "a;b"}, "One tag at a time"),
        ("tag", {"tag": ""}, "required"),
        ("tag", {"tag": "x" * 60}, "At most 50 characters."),
        ("untag", {"tag": "Nothing"}, "not one of the available choices"),
        ("hold", {"until": "2027-02-01"}, "still to come"),
        ("hold", {"until": "soon"}, "A date is needed here"),
        ("hold", {"until": ""}, "required"),
    ],
)
def test_what_is_wrong_is_said_before_the_preview(bakers, builder, do, more, words):
    member = a_member(bakers)
    for method in ("get", "post"):
        response = getattr(builder, method)(query(do, member, **more))
        assert response.status_code == 422
        assert words in text(response)


def test_nobody_selected_leads_back_to_the_list(bakers, builder):
    assert "Nobody is selected" in text(builder.get(URL + "?do=tag"))


def test_a_selection_of_elsewhere_is_not_there(bakers, elsewhere, builder):
    ana, stranger, erased = a_member(bakers), a_member(elsewhere), a_member(bakers, status="erased")
    for other in (stranger, erased):
        assert builder.get(query("tag", ana, other)).status_code == 404
        assert builder.post(query("tag", ana, other, tag="x"), {"count": "2"}).status_code == 404
    for wrong in (
        f"{URL}?do=tag&member=rubbish",
        f"{URL}?do=tag&member={uuid7()}",
        f"{URL}?do=erase",
        URL,
        f"{URL}?do=tag&everyone=1&zone=Mars",
    ):
        assert builder.get(wrong).status_code == 404
    assert not MemberTag.objects.exists()


def test_everyone_means_the_own_community(bakers, elsewhere, builder):
    a_member(bakers)
    a_member(elsewhere)
    confirm(builder, query("tag", everyone=1, tag="Speaker"))
    assert MemberTag.objects.get().community == bakers


def test_only_builders_act_on_many(bakers, greeter, charlie, client):
    address = query("tag", a_member(bakers), tag="x")
    undo = f"/c/bakers/members/bulk/{uuid7()}/undo/"
    for method in ("get", "post"):
        assert getattr(greeter, method)(address).status_code == 403
        assert getattr(charlie, method)(address).status_code == 404
        assert getattr(client, method)(address).status_code == 302
    assert [asker.post(undo).status_code for asker in (greeter, charlie, client)] == [403, 404, 302]


def test_the_list_sends_its_filter_along(bakers, builder):
    for number in range(60):
        a_member(bakers, name=f"Ana {number}", company="Acme")
    form = soup(builder.get("/c/bakers/members/?company=Acme")).select_one('form[action$="/bulk/"]')
    assert form.select_one("input[type=hidden][name=company]")["value"] == "Acme"
    assert len(form.select("input[name=member]")) == 50
    assert "All 60 of this filter" in form.get_text()
    assert {button["value"] for button in form.select("button[name=do]")} == {"tag", "untag", "hold"}
