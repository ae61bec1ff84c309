"""What other platforms call their columns. Each platform is one file here; deleting it removes the platform."""

from dataclasses import dataclass, field
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal

DateOrder = Literal["", "dmy", "mdy"]


@dataclass(frozen=True, slots=True)
class Preset:
    """How to read the export of one platform.

    `columns`: their name of a column -> our field. `date_order`: in which order it writes dates, used only where the
    file itself does not tell. `statuses`: their word, folded -> our status, "" for rows that are no person at all; with
    `other_status` any word that is not among them means that one.
    """

    title: str
    columns: dict[str, str]
    date_order: DateOrder = ""
    statuses: dict[str, str] = field(default_factory=dict)
    other_status: str = ""


@lru_cache(maxsize=1)
def presets() -> dict[str, Preset]:
    """The presets by name, such as "mailchimp", in the order of their titles."""
    modules = {module.name: import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)}
    return dict(sorted(((name, module.PRESET) for name, module in modules.items()), key=lambda pair: pair[1].title))
