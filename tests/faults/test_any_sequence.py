"""Whatever people and machines do, in whatever order: every invariant holds after every step."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from attentions.models import Attention
from attentions.services import approval, rituals
from care.invariants import check_all
from care.lib.csvfile import csv_lines
from members.models import Member
from members.privacy.erasing import erase_member
from members.services import members as people
from outbox.models import Message
from outbox.services import claiming, opt_in, opt_out
from outbox.services.advancing import advance
from tests.factories import a_builder, a_community
from tests.faults.ticking import tick
from tests.importing.files import take_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_folder")]
KINDS = ("birthday", "anniversary", "welcome")
PARTS = 10
some = st.integers(0, 99)
near = st.integers(-3, 10)


class Community(RuleBasedStateMachine):
    """One community, and beside it a simple model: who must not be written to, what was sent, what there was."""

    examples = steps = broken = 0

    def __init__(self) -> None:
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.now = datetime(2027, 3, 1, 6, tzinfo=UTC)
        self.community = a_community(time_zone="Europe/Paris")
        self.owner = a_builder(self.community, role="owner")
        self.unwanted: set[Any] = set()
        self.forgotten = {""}
        self.sent: set[Any] = set()
        self.known: set[Any] = set()
        self.number = 0
        for kind in KINDS:
            ritual = rituals.ritual_for(self.community, kind)
            rituals.switch_on(ritual, by=self.owner, now=self.now)
        type(self).examples += 1
        self.add(0)
        tick(self.now)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    def _member(self, which: int) -> Member:
        rows = list(Member.objects.of(self.community).order_by("pk"))
        return rows[which % len(rows)]

    def _attention(self, which: int, *states: str) -> Attention | None:
        rows = list(Attention.objects.of(self.community).filter(state__in=states).order_by("pk"))
        return rows[which % len(rows)] if rows else None

    def _day(self, days: int) -> date:
        return (self.now + timedelta(days=days)).date()

    @precondition(lambda self: self.number < 12)
    @rule(days=near)
    def add(self, days: int) -> None:
        self.number += 1
        day = self._day(days)
        people.create_member(
            self.community,
            by=self.owner,
            now=self.now,
            name=f"Member {self.number}",
            email=f"member{self.number}@example.org",
            birth_month=day.month,
            birth_day=day.day,
            joined_on=self._day(-days) if days > 0 else day.replace(year=2024, day=min(day.day, 28)),
        )

    @rule(which=some, days=near)
    def take_in(self, which: int, days: int) -> None:
        """A list with somebody new, and somebody whom Care may know, or may have had to forget."""
        self.number += 1
        day, numbers = self._day(days).isoformat(), (self.number, which % self.number + 1)
        rows = [[f"Member {number}", f"member{number}@example.org", day] for number in numbers]
        content = "".join(csv_lines([["Name", "Email", "Birthday"], *rows]))
        take_in(self.community, content, now=self.now, by=self.owner, overwrite=["birthday"])

    @rule(which=some, days=near, zone=st.sampled_from(["", "Asia/Tokyo", "Pacific/Kiritimati"]))
    def edit(self, which: int, days: int, zone: str) -> None:
        day, member = self._day(days), self._member(which)
        if member.status != "erased":
            people.change_member(
                member, by=self.owner, now=self.now, birth_month=day.month, birth_day=day.day, time_zone=zone
            )

    @rule(which=some, name=st.sampled_from(["Ana", "Ngozi", "Wei"]))
    def rename(self, which: int, name: str) -> None:
        member = self._member(which)
        if member.status != "erased":
            people.change_member(member, by=self.owner, now=self.now, name=name)

    @rule(which=some, status=st.sampled_from(["left", "deceased", "banned", "active"]))
    def move(self, which: int, status: str) -> None:
        member = self._member(which)
        try:
            people.set_status(member, status, by=self.owner, now=self.now)
        except ValidationError:
            return  # the erased stay so
        self._note(member)

    @rule(which=some, is_no=st.booleans())
    def choose(self, which: int, is_no: bool) -> None:
        member = self._member(which)
        if member.status == "erased":
            return
        if is_no:
            opt_out(member, "*", source="team", now=self.now, by=self.owner)
        else:
            opt_in(member, "*", by=self.owner)
        self._note(member)

    @rule(which=some)
    def erase(self, which: int) -> None:
        member = self._member(which)
        self.forgotten.add(member.email)
        erase_member(member, by=self.owner, now=self.now)
        self.unwanted.add(member.pk)

    def _note(self, member: Member) -> None:
        member.refresh_from_db()
        says_no = member.status != "active" or member.opt_outs.exists()
        (self.unwanted.add if says_no else self.unwanted.discard)(member.pk)

    @rule(kind=st.sampled_from(KINDS), how=st.sampled_from(["on", "off", "auto", "ask"]))
    def practise(self, kind: str, how: str) -> None:
        ritual = rituals.ritual_for(self.community, kind)
        if how == "on":
            rituals.switch_on(ritual, by=self.owner, now=self.now)
        elif how == "off":
            rituals.switch_off(ritual, by=self.owner)
        else:
            rituals.change_ritual(ritual, by=self.owner, now=self.now, is_on_trial=False, approval=how)

    @rule()
    def approve_all(self) -> None:
        rows = Attention.objects.of(self.community).proposed()
        approval.approve(rows, community=self.community, by=self.owner, now=self.now)

    @rule(which=some, act=st.sampled_from(["decline", "undecline", "undo", "snooze"]))
    def decide(self, which: int, act: str) -> None:
        state = {"decline": "proposed", "undecline": "declined", "undo": "approved", "snooze": "proposed"}[act]
        row = self._attention(which, state)
        if row is None:
            return
        if act == "decline":
            approval.skip(row, by=self.owner, reason="")
        elif act == "undecline":
            approval.unskip(row, by=self.owner)
        elif act == "undo":
            approval.undo(row, by=self.owner, now=self.now)
        else:
            approval.snooze(row, by=self.owner, until=self.now + timedelta(days=1))

    @rule(has_begun=st.booleans())
    def crash(self, has_begun: bool) -> None:
        """A worker claims a letter, perhaps begins to send it, and dies."""
        claimed = claiming.claim(self.now, size=1)
        assert not {row.member_id for row in claimed} & self.unwanted
        if claimed and has_begun:
            advance(sent=None, start=claimed[0], now=self.now)

    @rule(minutes=st.sampled_from([1, 15, 60, 300, 1_440, 4_500]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        tick(self.now)

    @rule()
    def tick_again(self) -> None:
        tick(self.now)

    @invariant()
    def everything_holds(self) -> None:
        type(self).steps += 1
        broken = [one for one in check_all(self.now) if one.name != "I9"]  # the planner rests while no time passes
        type(self).broken += len(broken)
        assert broken == []

    @invariant()
    def nobody_is_written_to_twice_or_against_their_will(self) -> None:
        letters = list(Message.objects.of(self.community).filter(state__in=("sent", "unknown")))
        fresh = [row for row in letters if row.state == "sent" and row.pk not in self.sent]
        began = [row for row in letters if row.state == "unknown"]
        assert not {row.member_id for row in fresh} & self.unwanted
        assert not {row.to_email for row in fresh} & self.forgotten, "nor when a list brings them again"
        self.sent |= {row.pk for row in fresh}
        turns = [row.origin for row in (*fresh, *began)]
        assert len(turns) == len(set(turns))
        origins = [row.origin for row in letters]
        assert len(origins) == len(set(origins)), "no attention has two letters that left"

    @invariant()
    def nothing_vanishes(self) -> None:
        rows = set(Attention.objects.of(self.community).values_list("pk", flat=True))
        assert rows >= self.known
        self.known = rows
        assert set(Message.objects.filter(state="sent").values_list("pk", flat=True)) >= self.sent


@pytest.mark.proves(
    "R14",
    "Whatever people and machines do, in any order",
    goal="every invariant after every step; nobody written to twice or against their will; nothing vanishes",
)
@pytest.mark.parametrize("part", [1, *(pytest.param(part, marks=pytest.mark.long) for part in range(2, PARTS + 1))])
def test_whatever_happens_in_whatever_order_every_invariant_holds(line, part):
    """In parts, as all of them take hours: `-k "[3]"` is the third. A seed makes the same of each."""
    if line.is_long:
        line.title += f" (part {part} of {PARTS})"
    sequences, steps = line.size("sequences", fast=6, long=1_000), line.size("steps at most", fast=25, long=50)
    Community.examples = Community.steps = Community.broken = 0
    run_state_machine_as_test(
        seed(line.seed)(Community),
        settings=settings(
            max_examples=sequences,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink] if line.is_long else [Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
    line.figures |= {
        "sequences run": Community.examples,
        "steps checked": Community.steps,
        "invariants broken": Community.broken,
    }
