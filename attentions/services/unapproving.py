"""Taking approvals back, when the plan or the facts want it: where the letter can still be stopped."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import transaction

from attentions.models import Attention
from care.lib.batches import batches
from outbox import services as outbox

BATCH = 500
# What is left of an approval that is taken back; the state is `proposed` again.
UNAPPROVED: Mapping[str, Any] = {
    "approved_by": None,
    "approved_at": None,
    "facts_sha256": "",
    "wording_variant": None,
}


@transaction.atomic
def unapprove(ids: Iterable[UUID], *, reason: str) -> list[UUID]:
    """Back to proposed, saying why it asks again; the ids of those whose letter can leave no more."""
    free = []
    for batch in batches(ids, BATCH):
        stopped = outbox.stop([f"attention:{pk}" for pk in batch], reason=reason)
        pulled = [pk for pk in batch if f"attention:{pk}" in stopped]
        Attention.objects.filter(pk__in=pulled, state="approved").update(
            state="proposed", asks_again=reason, **UNAPPROVED
        )
        free += pulled
    return free
