"""Django for a benchmark: as in production, but without nudges to workers that are not there."""

from __future__ import annotations

import os


def start() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "care.settings")
    import django

    django.setup()
    import logging

    import structlog

    from care.lib import nudge

    nudge._send = lambda task, *where: None  # type: ignore[assignment]
    logging.disable(logging.WARNING)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
