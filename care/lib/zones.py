"""Time zones as people choose and mistype them."""

from collections.abc import Sequence
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files

from django.utils.translation import get_language

from care.lib import places
from care.lib.days import zone_names
from care.lib.fold import fold

Choice = tuple[str, str]


@lru_cache(maxsize=1)
def current_zones() -> tuple[str, ...]:
    """The zones a person chooses from: one for each place, without names kept only for old files, UTC last."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text()
    names = {line.split("\t")[2] for line in table.splitlines() if line and not line.startswith("#")}
    return (*sorted(names & zone_names()), "UTC")


def zone_choices(*, keep: str = "") -> list[tuple[str, Sequence[Choice]]]:
    """Choices for a form, by part of the world, as they are called in the active language.

    `keep` is one already chosen, which stays on the list.
    """
    return _choices_in(get_language() or "", keep)


@lru_cache(maxsize=64)
def _choices_in(_language: str, keep: str) -> list[tuple[str, Sequence[Choice]]]:
    """The same for the active language, which is named so that each has its own."""
    areas: dict[str, list[Choice]] = {}
    for name in sorted({*current_zones(), keep} - {""}):
        area, _slash, place = name.partition("/")
        label = "/".join(places.named(part) for part in (place or name).split("/"))
        areas.setdefault(str(places.AREAS.get(area, area)) if place else "UTC", []).append((name, label))
    return [(area, sorted(choices, key=lambda choice: fold(choice[1]))) for area, choices in areas.items()]


def close_zones(text: str, *, limit: int = 3) -> list[str]:
    """The zones somebody may have meant: by their city, or by letters that are nearly right."""
    wanted = "_".join(text.split()).casefold()
    if not wanted:
        return []
    by_city = [name for name in current_zones() if name.casefold().rpartition("/")[2] == wanted.rpartition("/")[2]]
    folded = {name.casefold(): name for name in current_zones()}
    cities = {name.casefold().rpartition("/")[2]: name for name in current_zones()}
    near = [folded[match] for match in get_close_matches(wanted, folded, n=limit, cutoff=0.6)]
    near += [cities[match] for match in get_close_matches(wanted, cities, n=limit, cutoff=0.7)]
    return list(dict.fromkeys(by_city + near))[:limit]
