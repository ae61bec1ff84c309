"""The pure part of planning, over made-up members, every zone, and clocks that skip and stumble."""

from calendar import isleap
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attentions.kinds import Candidate, kind_of
from attentions.kinds.anniversary import Joined
from attentions.kinds.birthday import Born
from attentions.kinds.own_date import OwnDay
from attentions.kinds.welcome import Newcomer
from attentions.planning import Existing, Rule, plan, reconcile
from attentions.planning.plan import window_at
from care.lib import days
from care.lib.days import Window

pytestmark = pytest.mark.once

ZONES = sorted(days.zone_names())
zones = st.sampled_from(ZONES)
any_day_of_year = st.dates(date(2024, 1, 1), date(2024, 12, 31)) | st.just(date(2024, 2, 29))
feb29s = st.sampled_from(["feb28", "mar1"])
LONG_AGO = date(2000, 1, 1)
BIRTHDAY = kind_of("birthday")
RULE = Rule(effective_from=LONG_AGO, hour=9, late_days=3)


def born(month_day: date, *, zone: str = "UTC", feb29: str = "feb28", known_from: date = LONG_AGO) -> Candidate[Born]:
    return Candidate(uuid4(), zone, known_from, True, Born(month_day.month, month_day.day, feb29))


@given(month_day=any_day_of_year, zone=zones, feb29=feb29s, year=st.integers(2024, 2032))
def test_a_birthday_comes_once_a_year_at_nine_on_the_members_own_day(month_day, zone, feb29, year):
    turns = list(
        plan(BIRTHDAY, RULE, [born(month_day, zone=zone, feb29=feb29)], Window(date(year, 1, 1), date(year, 12, 31)))
    )
    assert [turn.cycle for turn in turns] == [f"birthday:{year}"]
    local = turns[0].due_at.astimezone(ZoneInfo(zone))
    assert (local.date(), local.hour) == (turns[0].due_on, 9)
    assert turns[0].due_at < turns[0].expires_at


@given(month_day=any_day_of_year, zone=zones, start=st.dates(date(2024, 1, 1), date(2030, 1, 1)))
def test_planning_twice_gives_the_same(month_day, zone, start):
    row, window = born(month_day, zone=zone), Window(start, start + timedelta(days=40))
    assert list(plan(BIRTHDAY, RULE, [row], window)) == list(plan(BIRTHDAY, RULE, [row], window))


@given(
    joined=st.dates(date(1960, 1, 1), date(2026, 1, 1)) | st.just(date(2016, 2, 29)),
    feb29=feb29s,
    first=st.dates(date(2020, 1, 1), date(2032, 1, 1)),
    length=st.integers(0, 800),
)
def test_anniversaries_count_from_one_and_never_skip_a_year(joined, feb29, first, length):
    kind, window = kind_of("anniversary"), Window(first, first + timedelta(days=length))
    facts = Joined(joined, feb29)
    for turn in kind.occurrences(facts, window):
        years = int(turn.cycle.removeprefix("anniversary:"))
        assert years >= 1
        assert turn.due_on == days.in_year(joined.month, joined.day, joined.year + years, feb29=feb29)
    numbers = [int(turn.cycle.removeprefix("anniversary:")) for turn in kind.occurrences(facts, window)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True


@given(
    month_day=any_day_of_year,
    year=st.none() | st.integers(1990, 2035),
    is_yearly=st.booleans(),
    first=st.dates(date(2020, 1, 1), date(2032, 1, 1)),
)
def test_an_own_date_is_not_remembered_before_it_happened(month_day, year, is_yearly, first):
    is_yearly = is_yearly or year is None
    facts = OwnDay(
        uuid4(),
        "Opening",
        month_day.month,
        month_day.day,
        year,
        is_yearly,
        LONG_AGO,
        "feb28",
    )
    turns = list(kind_of("own_date").occurrences(facts, Window(first, first + timedelta(days=1_000))))
    assert all(year is None or turn.due_on.year >= year for turn in turns)
    assert is_yearly or len(turns) <= 1


@given(welcome_on=st.dates(date(2025, 1, 1), date(2027, 1, 1)), first=st.dates(date(2025, 1, 1), date(2027, 1, 1)))
def test_a_welcome_comes_once_ever(welcome_on, first):
    turns = list(kind_of("welcome").occurrences(Newcomer(welcome_on), Window(first, first + timedelta(days=60))))
    assert [turn.cycle for turn in turns] == (["welcome"] if first <= welcome_on <= first + timedelta(days=60) else [])


@given(month_day=any_day_of_year, known_from=st.dates(date(2026, 1, 1), date(2027, 12, 31)))
def test_nothing_from_before_we_knew_somebody_is_owed(month_day, known_from):
    window = Window(date(2026, 1, 1), date(2027, 12, 31))
    assert all(
        turn.due_on >= known_from for turn in plan(BIRTHDAY, RULE, [born(month_day, known_from=known_from)], window)
    )


def _in_state(row: Existing, state: str) -> Existing:
    return replace(row, state=state)


class Rows:
    """The rows of one ritual in memory: what the shell around `reconcile` keeps in the database."""

    def __init__(self) -> None:
        self.rows: dict[tuple[UUID, str], Existing] = {}
        self.due_on: dict[tuple[UUID, str], date] = {}
        self.through: date | None = None
        self.created: list[tuple[UUID, str]] = []

    def wake(self, members: list[Candidate[Born]], now: datetime) -> None:
        window = window_at(now, late_days=RULE.late_days, ahead=14, planned_through=self.through)
        planned = list(plan(BIRTHDAY, RULE, members, window))
        turns = {(turn.member_id, turn.cycle) for turn in planned}
        seen = [row for key, row in self.rows.items() if key in turns or self.due_on[key] in window]
        changes = reconcile(planned, seen, now=now, planned_through=self.through)
        for turn, state in changes.create:
            self.created.append((turn.member_id, turn.cycle))
            self._put(turn, state)
        for _row, turn in [*changes.move, *changes.reopen]:
            self._put(turn, "proposed")
        for row in changes.withdraw:
            self.rows[(row.member_id, row.cycle)] = _in_state(row, "withdrawn")
        self.through = window.last
        for key, row in self.rows.items():
            if row.state == "proposed" and row.expires_at <= now:
                self.rows[key] = _in_state(row, "expired")

    def take_up(self, now: datetime) -> list[tuple[UUID, str]]:
        """What is open and due is done, as an approval and its letter would."""
        due = [key for key, row in self.rows.items() if row.state == "proposed" and row.due_at <= now]
        self.rows |= {key: _in_state(self.rows[key], "done") for key in due}
        return due

    def _put(self, turn, state):
        self.due_on[(turn.member_id, turn.cycle)] = turn.due_on
        self.rows[(turn.member_id, turn.cycle)] = Existing(
            uuid4(), turn.member_id, turn.cycle, turn.due_at, turn.expires_at, turn.channel, turn.detail, state
        )


@pytest.mark.proves(
    "R1",
    "A planner that wakes at any time, 15 minutes to 4 days apart",
    goal="each birthday that came: one turn on its day at nine, taken up once if a wake-up found it open, none early",
)
def test_however_the_planner_wakes_each_birthday_comes_once_and_none_early(line):
    """Half the runs have somebody born on 29 February; they begin anywhere in three years, one of them a leap year."""
    runs, wakes = line.size("runs", fast=400, long=20_000), line.size("wake-ups a run", fast=120, long=548)
    turns = caught = 0
    for _run in range(runs):
        chance = line.chance
        zone, feb29 = chance.choice(ZONES), chance.choice(["feb28", "mar1"])
        days_of_year = [date(2024, 1, 1) + timedelta(days=chance.randrange(366)) for _ in range(chance.randint(1, 3))]
        members = [born(day, zone=zone, feb29=feb29) for day in days_of_year]
        if chance.random() < 0.5:
            members.append(born(date(2024, 2, 29), zone=zone, feb29=feb29))
        start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(3 * 365 * 24 * 60))
        woken = [start]
        for _wake in range(wakes):
            woken.append(woken[-1] + timedelta(minutes=chance.randint(15, 4 * 24 * 60)))
        rows, taken = Rows(), []
        for now in woken:
            rows.wake(members, now)
            taken += [(*key, now) for key in rows.take_up(now)]
        assert len(rows.created) == len(set(rows.created)), "no turn is made twice"
        assert len({key[:2] for key in taken}) == len(taken), "no turn is taken up twice"
        when = {key[:2]: key[2] for key in taken}
        wanted, known = {}, set()
        for member in members:
            for year in range(start.year - 1, woken[-1].year + 2):
                turn, (due_at, is_over_at) = (member.id, f"birthday:{year}"), _nine_and_end(member, year)
                known.add(turn)
                assert turn not in rows.rows or rows.rows[turn].due_at == due_at
                first = next((now for now in woken if now >= due_at), None)
                if first and first < is_over_at:
                    wanted[turn] = first
                if start <= due_at <= woken[-1]:
                    assert turn in rows.rows
                    turns += 1
                    caught += turn in when
        assert when == wanted, "each at the first time that found it open, and nothing else"
        assert rows.rows.keys() <= known
    line.figures |= {"birthdays that came": turns, "taken up": caught, "missed by a longer sleep": turns - caught}
    assert turns > runs / 10


def _nine_and_end(member: Candidate[Born], year: int) -> tuple[datetime, datetime]:
    """Nine o'clock of a birthday and the end of its third day after, found without Care's own arithmetic."""
    month, day, feb29 = member.facts
    if (month, day) == (2, 29) and not isleap(year):
        month, day = (2, 28) if feb29 == "feb28" else (3, 1)
    zone, on = ZoneInfo(member.zone), date(year, month, day)
    nine = datetime(year, month, day, 9, tzinfo=zone).astimezone(UTC)
    end = datetime.combine(on + timedelta(days=4), time(0), tzinfo=zone).astimezone(UTC)
    while end.astimezone(zone).date() < on + timedelta(days=4):
        end += timedelta(minutes=1)
    return nine, end


@given(
    silence=st.integers(15, 400),
    month_day=any_day_of_year,
    begin=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
)
def test_after_any_silence_nothing_is_lost_without_a_trace(silence, month_day, begin):
    """What fell due while planning stood still is there: open while it is welcome, else written down as missed."""
    member, rows, start = born(month_day), Rows(), begin.replace(tzinfo=UTC)
    rows.wake([member], start)
    now = start + timedelta(days=silence)
    rows.wake([member], now)
    for due in days.yearly(*member.facts[:2], Window((start + timedelta(days=1)).date(), now.date()), feb29="feb28"):
        row = rows.rows[(member.id, f"birthday:{due.year}")]
        assert row.state == ("expired" if row.expires_at <= now else "proposed")


@given(before=any_day_of_year, after=any_day_of_year, begin=st.datetimes(datetime(2026, 1, 5), datetime(2026, 12, 20)))
def test_a_corrected_birthday_moves_the_note_and_makes_no_second_one(before, after, begin):
    member, rows, now = born(before), Rows(), begin.replace(tzinfo=UTC)
    rows.wake([member], now)
    corrected = replace(member, facts=Born(after.month, after.day, "feb28"))
    for _week in range(60):
        rows.wake([corrected], now)
        now += timedelta(days=7)
    assert len({cycle for _member, cycle in rows.rows}) == len(rows.rows)
    assert all(list(rows.created).count(key) == 1 for key in rows.created)


def test_what_a_person_declined_stays_declined():
    member, now = born(date(2024, 5, 4)), datetime(2027, 5, 1, tzinfo=UTC)
    turn = next(plan(BIRTHDAY, RULE, [member], Window(date(2027, 5, 1), date(2027, 5, 10))))
    row = Existing(uuid4(), member.id, turn.cycle, turn.due_at, turn.expires_at, "email", "", "declined")
    changes = reconcile([turn], [row], now=now, planned_through=None)
    assert (changes.create, changes.move, changes.reopen, changes.withdraw) == ([], [], [], [])


def test_what_the_plan_no_longer_wants_is_withdrawn_and_reopens_when_it_does_again():
    member, now = born(date(2024, 5, 4)), datetime(2027, 5, 1, tzinfo=UTC)
    turn = next(plan(BIRTHDAY, RULE, [member], Window(date(2027, 5, 1), date(2027, 5, 10))))
    fields = (uuid4(), member.id, turn.cycle, turn.due_at, turn.expires_at, "email", "")
    assert reconcile([], [Existing(*fields, "proposed")], now=now, planned_through=None).withdraw
    assert reconcile([turn], [Existing(*fields, "withdrawn")], now=now, planned_through=None).reopen


def test_what_was_missed_before_planning_began_is_not_written_down():
    member, now = born(date(2024, 5, 4)), datetime(2027, 5, 20, tzinfo=UTC)
    turn = next(plan(BIRTHDAY, RULE, [member], Window(date(2027, 5, 1), date(2027, 5, 10))))
    assert not reconcile([turn], [], now=now, planned_through=None).create
    assert not reconcile([turn], [], now=now, planned_through=date(2027, 5, 10)).create
    assert reconcile([turn], [], now=now, planned_through=date(2027, 5, 1)).create == [(turn, "expired")]
