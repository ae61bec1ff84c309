"""The day on which the tests of this folder play."""

from datetime import UTC, date, datetime

NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
TODAY = date(2027, 3, 1)
