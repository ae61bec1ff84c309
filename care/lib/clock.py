"""The clock. It is read at the edge (views, tasks, commands) only; all other code takes `now` or `today`."""

from datetime import UTC, datetime

from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone


def now() -> datetime:
    """The instant, in UTC."""
    return timezone.now().astimezone(UTC)


def add_now_argument(parser: CommandParser) -> None:
    """Give a management command its `--now ISO`."""
    parser.add_argument("--now", metavar="ISO", help="pretend this instant; needs CARE_TIME_TRAVEL=1")


def from_option(value: str | None) -> datetime:
    """The instant a command works at: the real one, or `--now` where time travel is allowed.

    A value without an offset is UTC. Raises CommandError when travel is not allowed or the value cannot be read.
    """
    if value is None:
        return now()
    if not settings.TIME_TRAVEL:
        raise CommandError("--now works only with CARE_TIME_TRAVEL=1 in the environment.")
    try:
        instant = datetime.fromisoformat(value)
    except ValueError:
        raise CommandError(f"--now: {value!r} is not an ISO date and time, such as 2027-03-01T08:00Z.") from None
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
