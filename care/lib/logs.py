"""Structured logs: JSON lines in production, readable ones while developing. Ids, never names or addresses."""

import logging
import logging.config
import re
from typing import Any

import structlog

# What follows these in an address opens something for whoever knows it.
_SECRET = re.compile(r"(/(?:invitation|p|u|mailbox|password/reset/key|confirm-email)/)[^/\s?]+")


# What PostgreSQL adds to an error: it may quote a whole row. It goes up to the empty line before the next part of a
# traceback, or up to the end of a line in which somebody names the error.
_DETAIL = re.compile(r"(DETAIL|CONTEXT):.*?(?=\n[ |]*\n|\Z)", re.DOTALL)


class HideSecrets(logging.Filter):
    """Takes the tokens out of the addresses that Django names in its log of requests that were refused."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name.startswith("django.") and isinstance(record.args, tuple):
            record.args = tuple(_hidden(value) for value in record.args)
            record.msg = _hidden(record.msg)
        return True


def _hidden(value: Any) -> Any:
    return _SECRET.sub(r"\1…", value) if isinstance(value, str) else value


def hide_details(_logger: Any, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Takes out of a traceback and of a line what PostgreSQL quotes of the row that it refused."""
    for key in ("event", "exception"):
        if isinstance(event.get(key), str):
            event[key] = _DETAIL.sub(r"\1: …", event[key])
    return event


def logging_config(*, is_for_people: bool) -> None:
    """Configure structlog and the standard library's loggers to write alike."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: structlog.typing.Processor = structlog.processors.JSONRenderer()
    if is_for_people:
        last = structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.format_exc_info,
                        hide_details,
                        last,
                    ],
                }
            },
            "filters": {"secrets": {"()": HideSecrets}},
            "handlers": {
                "console": {"class": "logging.StreamHandler", "formatter": "structured", "filters": ["secrets"]}
            },
            "root": {"handlers": ["console"], "level": "INFO"},
            "loggers": {
                "django.server": {"handlers": ["console"], "level": "WARNING", "propagate": False},
                "celery.app.trace": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
            },
        }
    )
