"""Beat as the product has it, only impatient: what it does each minute it does several times a second."""

from care.celery import app

_SECONDS = {"outbox.drain": 0.25}
app.conf.beat_schedule = {
    name: {**entry, "schedule": _SECONDS[entry["task"]]}
    for name, entry in app.conf.beat_schedule.items()
    if entry["task"] in _SECONDS
}
app.conf.beat_schedule_filename = f"{app.conf.beat_schedule_filename}-impatient"
