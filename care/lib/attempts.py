"""Several things of which one that fails must not stop the others."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import structlog
from billiard.exceptions import SoftTimeLimitExceeded

log = structlog.get_logger(__name__)

Attempt = Callable[..., AbstractContextManager[None]]


@contextmanager
def attempts(sentence: str) -> Iterator[Attempt]:
    """Gives `attempt(event, **facts)`, a block for each of them: what it raises is logged, and the next has its turn.

    Raises ExceptionGroup(sentence) at the end if any failed. A task whose time is up ends at once.
    """
    errors: list[Exception] = []

    @contextmanager
    def attempt(event: str, **facts: str) -> Iterator[None]:
        try:
            yield
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:  # raised again below
            log.exception(event, **facts)
            errors.append(error)

    yield attempt
    if errors:
        raise ExceptionGroup(sentence, errors)
