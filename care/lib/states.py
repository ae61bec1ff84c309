"""Changes of state."""

from typing import Any

from django.db.models import Model, QuerySet


def move(row: Model, *, to: str, among: tuple[str, ...], **fields: Any) -> bool:
    """Move one row to state `to` if it still is in one of `among`, and write `fields` with it: compare and set.

    The answer is whether this call did it; somebody else may have been first. On True the given object is brought up
    to date, on False it is left as it was.
    """
    rows: QuerySet[Model] = type(row)._default_manager.filter(pk=row.pk, state__in=among)
    if not rows.update(state=to, **fields):
        return False
    for name, value in {"state": to, **fields}.items():
        setattr(row, name, value)
    return True
