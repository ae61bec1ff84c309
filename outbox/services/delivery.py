"""Delivery: claim a batch, hand over one letter after another, write down what became of each.

Two commits a message, of which one is shared: the outcome of a letter is committed together with the mark `sending` of
the next one, right before the mail server gets its text. So a crash finds at most one letter of a connection whose
fate nobody knows. What no mail server has seen is sent again by itself; what one may have taken never is, except
account mail, which must arrive and may arrive twice.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from time import monotonic

from django.db import transaction

from outbox import mime
from outbox.channels.contract import Connection, Fate, Letter, Result
from outbox.channels.urls import channel
from outbox.models import Message
from outbox.services import brakes, channel_health, claiming, quarantine, sweeping
from outbox.services.advancing import advance
from outbox.services.outcomes import Ending, ending_of, note_tries, record, said
from outbox.services.proofreading import proofread

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Counts:
    """What a run did: messages by the state it brought them to."""

    sent: int = 0
    failed: int = 0
    unknown: int = 0
    held: int = 0
    expired: int = 0
    cancelled: int = 0

    def add(self, state: str, number: int = 1) -> None:
        """Count `number` more; states in which a message waits are not counted."""
        if hasattr(self, state):
            setattr(self, state, getattr(self, state) + number)

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


def deliver(now: datetime, *, limit: int | None = None) -> Counts:
    """Deliver what is ready at `now`, at most `limit` messages; everything that happens, happens at `now`."""
    return drain(lambda: now, limit=limit)


def drain(clock: Clock, *, seconds: float | None = None, limit: int | None = None) -> Counts:
    """Sweep, then deliver batch after batch until nothing is ready, or `seconds` or `limit` are used up.

    Several may run at once, on as many machines as one likes.
    """
    counts = Counts()
    quarantine.check_machine(clock())
    for state, number in sweeping.sweep(clock()):
        counts.add(state, number)
    ends = None if seconds is None else monotonic() + seconds
    left = limit
    with channel().connection() as connection:
        run, brake = _Run(connection, clock, counts, ends), brakes.Brake()
        while run.goes_on and left != 0:
            size = claiming.IN_A_BATCH if left is None else min(claiming.IN_A_BATCH, left)
            claimed = claiming.claim(clock(), size=size)
            if not claimed:
                break
            batch, held = brake.apply(claimed, now=clock())
            counts.add("held", held)
            run.send(batch)
            left = None if left is None else left - len(claimed)
    return counts


def deliver_one(message: Message, *, clock: Clock) -> Counts:
    """Deliver this one message now, if it may leave."""
    counts = Counts()
    with channel().connection() as connection:
        run = _Run(connection, clock, counts, ends=None)
        if run.goes_on:
            run.send(claiming.claim_one(message, now=clock()))
    return counts


class _Run:
    """One connection's worth of work."""

    def __init__(self, connection: Connection, clock: Clock, counts: Counts, ends: float | None) -> None:
        self._connection, self._clock, self._counts, self._ends = connection, clock, counts, ends
        self._done: list[tuple[Message, Ending]] = []
        self._tried: list[tuple[Message, Ending]] = []
        self._trouble: Result | None = None
        self._is_stopped = channel_health.is_paused()
        self._has_failed_before = channel_health.has_failed()

    @property
    def goes_on(self) -> bool:
        """Whether there is time for another letter and a channel to send it by."""
        return not self._is_stopped and (self._ends is None or monotonic() < self._ends)

    def send(self, batch: list[Message]) -> None:
        """Try each message of a claimed batch; what there is no time for is queued again."""
        left = list(batch)
        try:
            while left and self.goes_on:
                self._send_one(left[0])
                left.pop(0)
        finally:  # also when this task has run out of time: what we know is written down, and nobody waits for a lease
            self._commit()
            claiming.give_back(left)
            note_tries(self._tried)
            self._tried = []
        if self._trouble:
            self._note(self._trouble, now=self._clock())

    def _note(self, trouble: Result, *, now: datetime) -> None:
        """Write down that the channel does not work; after enough of it hold what waits."""
        if trouble.fate is not Fate.SETUP:
            channel_health.note_unreachable(said(trouble), now=now)
            return
        channel_health.note_failure(said(trouble), now=now)
        self._counts.add("held", channel_health.hold_ready(now))

    def _send_one(self, message: Message) -> None:
        now = self._clock()
        reason = proofread(message)
        try:
            letter = None if reason else mime.build(message, now=now)
        except mime.CannotBuild:
            letter, reason = None, "content"
        if letter is None:
            self._done.append((message, Ending("failed", now, reason)))
            return
        result = self._connection.announce(letter) or self._hand_over(message, letter)
        if result is not None:
            tried = (message, ending_of(message, result, now=self._clock()))
            self._done.append(tried)
            self._tried.append(tried)
            self._look_at_channel(result)

    def _look_at_channel(self, result: Result) -> None:
        """Where the trouble is not about the letter, the next ones would fare the same: stop here."""
        if result.is_about_channel:
            self._is_stopped, self._trouble = True, result
        elif self._has_failed_before:
            channel_health.note_success()
            self._has_failed_before = False

    def _hand_over(self, message: Message, letter: Letter) -> Result | None:
        """Let an announced letter go; None when it may not leave any more."""
        if self._commit(start=message):
            return self._connection.hand_over(letter)
        claiming.give_back([message])
        self._connection.forget()
        return None

    def _commit(self, start: Message | None = None) -> bool:
        """Write down what has become of letters so far, and mark the next one; False when that one may not leave.

        A crash before this commit: the last letter is unknown, the next one is still `claimed`. After it: the next one
        is unknown, although nothing of it has left; the price of never sending twice.
        """
        done, self._done = self._done, []
        now = self._clock()
        if not done:
            return advance(sent=None, start=start, now=now)[1]
        *others, last = done
        if not others and last[1].is_plain:
            return self._commit_plain(last, start, now)
        with transaction.atomic():
            self._record(done)
            return advance(sent=None, start=start, now=now)[1]

    def _commit_plain(self, last: tuple[Message, Ending], start: Message | None, now: datetime) -> bool:
        """The way of almost every letter: it was sent, and the next one may start."""
        is_written, may_start = advance(sent=last[0], start=start, now=now)
        if is_written:
            self._counts.add("sent")
        else:
            self._record([last])
        return may_start

    def _record(self, done: list[tuple[Message, Ending]]) -> None:
        with transaction.atomic():
            for message, ending in done:
                if record(message, ending):
                    self._counts.add(ending.state)
