"""What Care writes to its log, as the settings configure it."""

import io
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from structlog.stdlib import ProcessorFormatter


@contextmanager
def written_log() -> Iterator[io.StringIO]:
    """What comes out of the handlers that the settings gave the root logger, in place of the standard error."""
    ours = [each for each in logging.getLogger().handlers if isinstance(each.formatter, ProcessorFormatter)]
    assert ours, "the settings configure no log"
    stream = io.StringIO()
    with ExitStack() as stack:
        for handler in ours:
            assert isinstance(handler, logging.StreamHandler)
            before = handler.setStream(stream)
            stack.callback(handler.setStream, before)
        yield stream
