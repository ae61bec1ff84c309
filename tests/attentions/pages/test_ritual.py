"""One ritual: its settings, what it would do, the switch."""

import pytest
from django.core.exceptions import ValidationError

from attentions.models import Ritual
from attentions.services import approval, rituals
from attentions.views import rituals as views
from members import audiences
from members.models import Member
from members.services.audiences import save_audience
from outbox.models import OptOut
from tests.attentions.pages.conftest import HTMX, NOW, on, page, planned
from tests.factories import a_builder, a_community, a_member

SETTINGS = {"audience": "", "hour": "18", "late_days": "5", "channel": "email", "approval": "ask", "veto_hours": "24"}


def text_of(response) -> str:
    return " ".join(response.content.decode().split())


def test_looking_at_it_changes_nothing(client, community):
    assert client.get(page("ritual", community, "birthday")).status_code == 200
    assert not Ritual.objects.exists()


def test_settings_are_kept_and_it_stays_off(client, community):
    response = client.post(page("ritual", community, "birthday"), SETTINGS)
    assert response.status_code == 302
    ritual = Ritual.objects.get()
    assert (ritual.hour, ritual.late_days, ritual.is_on) == (18, 5, False)


@pytest.mark.parametrize(
    ("field", "value"), [("hour", "5"), ("hour", "22"), ("late_days", "-1"), ("approval", "never"), ("channel", "owl")]
)
def test_a_setting_that_cannot_be_is_refused_and_the_others_stay_as_typed(client, community, field, value):
    response = client.post(page("ritual", community, "birthday"), SETTINGS | {field: value})
    assert response.status_code == 422
    assert "Please look at this again" in text_of(response)
    assert not Ritual.objects.exists()


def test_a_ritual_trusted_to_send_by_itself_asks_for_two_days_more(client, community):
    on(community)
    client.post(page("ritual", community, "birthday"), SETTINGS | {"approval": "auto"})
    assert Ritual.objects.get().asks_until is not None
    text = text_of(client.get(page("ritual", community, "birthday")))
    assert "For its first two days a ritual always asks" in text


def test_it_says_that_what_is_approved_asks_again_when_the_settings_change_it(client, community, attention, ana):
    approval.approve([attention], community=community, by=ana, now=NOW)
    text = text_of(client.post(page("ritual", community, "birthday"), SETTINGS, follow=True))
    assert "what is approved and changes by this asks again." in text
    (row,) = planned(community)
    assert (row.state, row.asks_again) == ("proposed", "moved")


def test_saving_twice_does_not_prolong_the_two_days(client, community, clock):
    on(community)
    client.post(page("ritual", community, "birthday"), SETTINGS | {"approval": "auto"})
    before = Ritual.objects.get().asks_until
    clock.shift(3600)
    client.post(page("ritual", community, "birthday"), SETTINGS | {"approval": "auto", "hour": "7"})
    assert Ritual.objects.get().asks_until == before


def test_the_audience_is_counted_while_it_is_chosen(client, community, ana):
    audience = save_audience(community, name="French", filter=audiences.parse({"language": ["fr"]}), by=ana)
    a_member(community, language="fr")
    a_member(community, language="fr", email="")
    a_member(community)
    everybody = client.get(page("audience_count", community, "birthday"), {"audience": ""}, headers=HTMX)
    chosen = client.get(page("audience_count", community, "birthday"), {"audience": audience.pk}, headers=HTMX)
    assert "3 members." in text_of(everybody)
    assert "2 members. 1 of them has no address that works" in text_of(chosen)


def test_the_address_of_the_count_shows_the_ritual_as_it_is_kept(client, community):
    shown = client.get(page("audience_count", community, "birthday")).content.decode()
    assert "This field is required" not in shown


def test_another_communitys_audience_does_not_exist(client, community):
    other = a_community()
    theirs = save_audience(other, name="Theirs", filter=audiences.parse({}), by=a_builder(other))
    assert client.get(page("audience_count", community, "birthday"), {"audience": theirs.pk}).status_code == 404
    assert client.post(page("ritual", community, "birthday"), SETTINGS | {"audience": theirs.pk}).status_code == 404
    assert client.get(page("outlook", community, "birthday"), SETTINGS | {"audience": theirs.pk}).status_code == 404
    assert client.post(page("ritual_on", community, "birthday"), SETTINGS | {"audience": "x"}).status_code == 404
    assert not Ritual.objects.exists()


def test_a_kind_that_does_not_exist_is_a_404(client, community):
    assert client.get(page("ritual", community, "full-moon")).status_code == 404


# --- what would happen


def test_the_year_is_shown_by_month_before_it_is_switched_on(client, community, maya):
    a_member(community, birth_month=3, birth_day=31)
    a_member(community, birth_month=11, birth_day=2)
    text = text_of(client.get(page("outlook", community, "birthday")))
    assert "3 gestures in twelve months" in text
    assert '<th scope="row">March 2027</th>' in text
    assert '<th scope="row">February 2028</th>' in text
    assert not Ritual.objects.exists()


def test_it_names_who_is_touched_soon_with_day_hour_and_place(client, community):
    a_member(community, name="Aroha Ngata", birth_month=3, birth_day=4, time_zone="Pacific/Auckland")
    a_member(community, name="Ole Hansen", birth_month=3, birth_day=5, email="")
    a_member(community, name="Kai Nakamura", birth_month=3, birth_day=6)
    text = text_of(client.get(page("outlook", community, "birthday")))
    assert "On Thursday 4 March, 09:00 in Auckland" in text
    assert "On Friday 5 March · by hand" in text
    assert "On Saturday 6 March, 09:00 (the community's hour)" in text
    assert "1 turn is for somebody without an address that works" in text
    assert "2 turns are for people whose time zone we do not know" in text


def test_it_says_what_happens_to_those_whose_day_is_today(client, community, maya):
    text = text_of(client.get(page("outlook", community, "birthday")))
    assert "1 person has their day today: it is included" in text
    assert "Nothing leaves until somebody of the team has said yes to it." in text


def test_it_counts_who_asked_to_be_left_out(client, community, maya):
    suppressed = a_member(community, birth_month=6, birth_day=1, reachable="suppressed")
    no_birthdays = a_member(community, birth_month=6, birth_day=2)
    OptOut.objects.create(
        community=community, member=no_birthdays, category="birthday", source="member", created_at=NOW
    )
    assert suppressed
    text = text_of(client.get(page("outlook", community, "birthday")))
    assert "2 people would have a turn, but asked not to get such notes: left out." in text
    assert "1 gesture in twelve months" in text


def test_it_follows_the_settings_as_they_are_typed(client, community, maya):
    by_hand = client.get(page("outlook", community, "birthday"), SETTINGS | {"channel": "by_hand"}, headers=HTMX)
    at_six = client.get(page("outlook", community, "birthday"), SETTINGS, headers=HTMX)
    assert "You are reminded of each one; nothing leaves by itself." in text_of(by_hand)
    assert "Today, 18:00" in text_of(at_six)
    assert "<html" not in text_of(at_six)


def test_settings_that_are_unclear_are_said_in_its_place(client, community):
    response = client.get(page("outlook", community, "birthday"), SETTINGS | {"hour": "99"}, headers=HTMX)
    assert response.status_code == 422
    assert "so there is nothing to show" in text_of(response)


def test_with_nobody_in_sight_it_says_so_and_can_still_be_switched_on(client, community):
    text = text_of(client.get(page("outlook", community, "birthday")))
    assert "Nobody has a turn in the next twelve months" in text
    assert page("ritual_on", community, "birthday") in text


@pytest.mark.parametrize("members", [5, 100])
def test_it_asks_the_database_as_often_whatever_the_number_of_members(
    client, community, members, django_assert_max_num_queries
):
    for _number in range(members):
        a_member(community, birth_month=3, birth_day=5)
    client.get(page("outlook", community, "birthday"))
    with django_assert_max_num_queries(20):
        client.get(page("outlook", community, "birthday"))


# --- the switch


def test_it_is_switched_on_with_the_settings_that_were_looked_at(client, community, maya):
    response = client.post(page("ritual_on", community, "birthday"), SETTINGS)
    assert response.status_code == 302
    ritual = Ritual.objects.get()
    assert (ritual.is_on, ritual.hour, ritual.effective_from) == (True, 18, NOW.date())
    assert [row.state for row in planned(community)] == ["proposed"]


def test_the_planner_is_asked_when_it_is_on_and_not_before(client, community, monkeypatch):
    told = []
    monkeypatch.setattr(views, "nudge", lambda task: told.append((task, Ritual.objects.get().is_on)))
    client.post(page("ritual_on", community, "birthday"), SETTINGS)
    assert told == [("attentions.plan", True)]


@pytest.mark.parametrize("name", ["ritual", "ritual_on"])
def test_settings_that_are_refused_at_the_last_moment_are_not_said_to_be_saved(client, community, monkeypatch, name):
    def refuse(*args, **kwargs):
        raise ValidationError("Choose an audience of this community.")

    monkeypatch.setattr(rituals, "change_ritual", refuse)
    text = text_of(client.post(page(name, community, "birthday"), SETTINGS, follow=True))
    assert "Choose an audience of this community." in text
    assert "Saved." not in text
    assert "is on. What is due" not in text
    assert not Ritual.objects.get().is_on


def test_without_a_script_it_is_switched_on_as_it_is_saved(client, community):
    client.post(page("ritual_on", community, "birthday"))
    ritual = Ritual.objects.get()
    assert (ritual.is_on, ritual.hour, ritual.approval) == (True, 9, "ask")
    assert ritual.wordings.count() == 2


def test_it_is_switched_off_and_what_was_open_is_withdrawn(client, community, attention):
    client.post(page("ritual_off", community, "birthday"))
    assert not Ritual.objects.get().is_on
    assert [row.state for row in planned(community)] == ["withdrawn"]


def test_what_was_never_on_cannot_be_switched_off(client, community):
    assert client.post(page("ritual_off", community, "birthday")).status_code == 404


def test_switching_needs_a_post(client, community):
    assert client.get(page("ritual_on", community, "birthday")).status_code == 405
    assert client.get(page("ritual_off", community, "birthday")).status_code == 405


def test_it_is_read_in_french(client, community, ana, maya):
    ana.language = "fr"
    ana.save(update_fields=["language"])
    rituals.ritual_for(community, "birthday")
    for name in ("ritual", "outlook"):
        assert client.get(page(name, community, "birthday")).status_code == 200
    assert client.get(page("rituals", community)).status_code == 200
    assert Member.objects.count() == 1
