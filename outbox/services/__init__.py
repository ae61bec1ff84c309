"""The only writers of the outbox."""

from outbox.services.cancelling import cancel
from outbox.services.enqueue import Draft, enqueue, enqueue_many
from outbox.services.stopping import stop

__all__ = ["Draft", "cancel", "enqueue", "enqueue_many", "stop"]
