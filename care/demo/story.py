"""Tells the story: makes the community, its people, what happened to them lately, and the rituals that now wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from attentions.models import Attention
from attentions.services import approval, by_hand, rituals
from attentions.services.work import plan_everybody
from care.demo.people import GESTURES, PEOPLE, Person
from care.lib import days
from members.models import Community, Member, Role, TeamMember, User
from members.services import members as people
from members.services.communities import change_community, create_community
from members.services.notes import add_note
from outbox import services as outbox
from outbox.models import Message

SLUG = "kiln-club"
BUILDER = "amy@kiln-club.example"
GREETER = "theo@kiln-club.example"
ZONE = "Europe/Paris"
WEEKS = 5


@dataclass(frozen=True, slots=True)
class Told:
    """What the demo left: the community and how its owner signs in."""

    community: Community
    email: str
    password: str


def is_told() -> bool:
    """Whether the demo is there already."""
    return Community.objects.filter(slug=SLUG).exists()


@transaction.atomic
def tell(*, now: datetime, password: str) -> Told:
    """Make the demo, with every date relative to `now`. It may be told once."""
    long_ago = now - timedelta(days=2_500)
    community = create_community(
        SLUG, name="The Kiln Club", time_zone=ZONE, language="en", builder_email=BUILDER
    ).community
    amy = _login(BUILDER, "Amy Fournier", password)
    change_community(community, by=amy, changes={"sender_name": "Amy Fournier", "reply_to": BUILDER})
    theo = _login(GREETER, "Theo Laurent", password)
    TeamMember.objects.create(community=community, user=theo, role=Role.GREETER)
    me = community.team.get(user=amy)

    members = {person.name: _member(person, community, by=me, now=now, long_ago=long_ago) for person in PEOPLE}
    for person in PEOPLE:
        if person.introduced_by:
            people.change_member(members[person.name], by=amy, now=now, introduced_by=members[person.introduced_by])
    for name, ago, what in GESTURES:
        then = now - timedelta(days=ago)
        by_hand.record_done(
            members[name], by=amy, now=then, detail=what, done_on=days.local_day(then, members[name].zone)
        )
    _practise(community, amy, now=now, since=days.local_day(long_ago, ZONE))
    if settings.EMAIL_URL.startswith("maildir:"):
        _look_back(community, amy, now=now)
    by_hand.plan_by_hand(
        members["Charlotte Whitfield"],
        by=amy,
        now=now,
        detail="Ask Charlotte whether she would host the spring meeting",
        due_on=days.local_day(now, members["Charlotte Whitfield"].zone),
    )
    plan_everybody(now=now, community=community)
    return Told(community, BUILDER, password)


def _login(email: str, name: str, password: str) -> User:
    user = User.objects.filter(email=email).first() or User.objects.create_user(email)
    user.name = name
    user.set_password(password)
    user.save(update_fields=["name", "password"])
    EmailAddress.objects.update_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    return user


def _member(person: Person, community: Community, *, by: TeamMember, now: datetime, long_ago: datetime) -> Member:
    today = days.local_day(now, person.zone)
    joined_on = days.local_day(now - timedelta(days=person.joined_ago), ZONE)
    facts: dict[str, Any] = {"joined_on": _same_day(joined_on, today, person.joined_ago), **_birthday(person, today)}
    slug = f"member{PEOPLE.index(person) + 1}"
    member = people.create_member(
        community,
        by=by.user,
        now=now if person.joined_ago <= 1 else now - timedelta(days=person.joined_ago),
        name=person.name,
        preferred_name=person.called if person.called != person.name.split(" ")[0] else "",
        pronouns=person.pronouns,
        email=f"{slug}@kiln-club.example" if person.has_email else "",
        language=person.language,
        time_zone=person.zone,
        country=person.country,
        company=person.company,
        tags_named=person.tags,
        **facts,
    )
    if person.own:
        label, due_in, since = person.own
        day = today + timedelta(days=due_in)
        own = {"label": label, "month": day.month, "day": day.day, "year": since, "is_yearly": True}
        people.set_dates(member, [own], by=by.user, now=now)
    for text, is_restricted in ((person.note, False), (person.restricted, True)):
        if text:
            add_note(member, text=text, by=by, now=now - timedelta(days=9), is_restricted=is_restricted)
    if person.held:
        length, reason = person.held
        people.hold(member, until=today + timedelta(days=length), reason=reason, by=by.user, now=now)
    if person.status != "active":
        people.set_status(member, person.status, by=by.user, now=now)
    return member


def _same_day(joined_on: date, today: date, ago: int) -> date:
    """A whole number of years ago, the very day: so that anniversaries meant for today fall on today."""
    years = round(ago / 365)
    offset = years * 365 - ago
    if years and abs(offset) <= 30:
        return days.years_before(today + timedelta(days=offset), years)
    return joined_on


def _birthday(person: Person, today: date) -> dict[str, int | None]:
    if person.is_leap:
        return {"birth_month": 2, "birth_day": 29, "birth_year": None}
    if person.birthday_in is None:
        return {}
    day = today + timedelta(days=person.birthday_in)
    return {
        "birth_month": day.month,
        "birth_day": day.day,
        "birth_year": day.year - person.born if person.born else None,
    }


def _look_back(community: Community, by: User, *, now: datetime) -> None:
    """Live through the last weeks: what is due is approved each morning and leaves, into the development mailbox."""
    today = days.local_day(now, ZONE)
    for ago in range(WEEKS * 7, 1, -1):
        morning = days.at_hour(today - timedelta(days=ago), 8, ZONE)
        plan_everybody(now=morning, community=community)
        due = (
            Attention.objects.of(community).waiting(morning, until=morning + timedelta(days=1)).filter(channel="email")
        )
        for row in due.filter(kind="welcome"):
            approval.set_personal_line(row, by=by, line="What do you fire with, and what would you love to try?")
        approval.approve(due, community=community, by=by, now=morning, undo=timedelta(0))
        for ready_at in Message.objects.of(community).filter(state="queued").values_list("ready_at", flat=True):
            outbox.deliver(max(morning, ready_at))


def _practise(community: Community, by: User, *, now: datetime, since: date) -> None:
    """Switch the rituals on, as if long ago; anniversaries leave by themselves unless somebody objects."""
    for kind in ("birthday", "anniversary", "welcome", "own_date"):
        ritual = rituals.ritual_for(community, kind)
        if kind == "anniversary":
            rituals.change_ritual(ritual, by=by, now=now, is_on_trial=False, approval="veto", veto_hours=24)
        rituals.switch_on(ritual, by=by, now=now, effective_from=since, is_on_trial=False)
