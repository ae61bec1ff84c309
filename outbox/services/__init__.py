"""The only writers of the outbox."""

from outbox.services.brakes import release_brake
from outbox.services.cancelling import cancel
from outbox.services.channel_health import resume_channel
from outbox.services.delivery import Counts, deliver, deliver_one, drain
from outbox.services.enqueue import Draft, NoAddress, OriginTaken, enqueue, enqueue_many, reword, taken
from outbox.services.heartbeat import beat
from outbox.services.preferences import choose, opt_in, opt_out, refused
from outbox.services.quarantine import resume_sending
from outbox.services.settling import mark_sent, release, retry_failed, send_again, take_back
from outbox.services.stopping import stop

__all__ = [
    "Counts",
    "Draft",
    "NoAddress",
    "OriginTaken",
    "beat",
    "cancel",
    "choose",
    "deliver",
    "deliver_one",
    "drain",
    "enqueue",
    "enqueue_many",
    "mark_sent",
    "opt_in",
    "opt_out",
    "refused",
    "release",
    "release_brake",
    "resume_channel",
    "resume_sending",
    "retry_failed",
    "reword",
    "send_again",
    "stop",
    "take_back",
    "taken",
]
