"""How a person wants a file to be taken in."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self

from members.importing.presets import DateOrder, Preset, presets


@dataclass(frozen=True, slots=True)
class Options:
    """Kept as JSON in `MemberImport.options`.

    `mapping`: column -> field. `date_order`: said by a person, else the file tells. `leave_ambiguous`: a person has
    seen that some dates cannot be told and lets those rows go. `overwrite`: fields whose value on record gives way to
    the file's. `welcome`: new members are owed a welcome even if they joined long ago. `no_1900`: a birth year 1900
    stands for none.
    """

    mapping: dict[str, str] = field(default_factory=dict)
    preset: str = ""
    date_order: DateOrder = ""
    leave_ambiguous: bool = False
    overwrite: frozenset[str] = frozenset()
    welcome: bool = False
    no_1900: bool = False

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "overwrite": sorted(self.overwrite)}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        return replace(cls(**kept), overwrite=frozenset(kept.get("overwrite", ())))

    @property
    def platform(self) -> Preset:
        """The preset, or one that knows nothing: also for a platform that is no longer there."""
        return presets().get(self.preset) or Preset(title="", columns={})
