"""Categories of messages: what a member may switch off one by one. Packages above register theirs when they load."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from outbox.models import OptOut


@dataclass(frozen=True, slots=True)
class Category:
    """A sort of message as a member sees it; `key` is what messages and opt-outs keep."""

    key: str
    label: str | Promise


_registry: dict[str, Category] = {}


def register_category(key: str, label: str | Promise) -> None:
    """Make a category known; doing it again with the same key replaces its words."""
    if key == OptOut.ALL or not key.replace("_", "").isalnum() or len(key) > 30:
        raise ValueError(f"{key!r} cannot be the key of a category")
    _registry[key] = Category(key, label)


def categories() -> list[Category]:
    """All that are known, in the order they were registered."""
    return list(_registry.values())


def label(key: str) -> str | Promise:
    """The words for a category; a plain word for one whose package is gone, or for all of them."""
    known = _registry.get(key)
    return known.label if known else _("Messages from the community")
