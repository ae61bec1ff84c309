"""The project: settings, wiring, the Today page. Nothing imports it, `care.lib` excepted."""

from care.celery import app as celery_app

__all__ = ["celery_app"]
