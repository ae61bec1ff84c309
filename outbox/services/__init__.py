"""The only writers of the outbox."""

from outbox.services.cancelling import cancel
from outbox.services.enqueue import Draft, enqueue, enqueue_many

__all__ = ["Draft", "cancel", "enqueue", "enqueue_many"]
