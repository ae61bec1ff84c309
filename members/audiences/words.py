"""The words of the language, one entry each: how it is read, what it asks of a member, how it is said."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, JSONField, OuterRef, Q, Value
from django.db.models.fields.json import KeyTransform, KeyTransformExact
from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from care.lib import days
from care.lib.addresses import has_controls
from care.lib.fold import fold
from care.lib.languages import LANGUAGES
from members import search
from members.audiences.language import Known, Moment, Word, register
from members.facts import tag_key
from members.models import Member, MemberTag

_FIELD_KEY = re.compile(r"[a-z][a-z0-9_-]{0,39}")

# --- reading values


def _text(raw: Any, limit: int = 120) -> str:
    if not isinstance(raw, str):
        raise TypeError(_("a text is needed."))
    text = " ".join(raw.split())
    if not text or len(text) > limit or has_controls(text):
        raise ValueError(_("a text of 1 to %d characters is needed.") % limit)
    return text


def _searched(raw: Any) -> str:
    """What somebody types into a search box is taken as it comes, without its invisible characters."""
    if not isinstance(raw, str):
        raise TypeError(_("a text is needed."))
    return " ".join("".join(char for char in raw if char.isspace() or not has_controls(char)).split())[
        : search.MAX_TEXT
    ]


def _tag(raw: Any) -> str:
    return _text(raw, 50)


def _day(raw: Any) -> date:
    try:
        day = raw if type(raw) is date else date.fromisoformat(raw)
    except (ValueError, TypeError):
        raise ValueError(_("a date such as 2026-03-31 is needed.")) from None
    if not 1900 <= day.year <= 2200:
        raise ValueError(_("a year between 1900 and 2200 is needed."))
    return day


def _number(raw: Any, first: int, last: int) -> int:
    if isinstance(raw, str) and re.fullmatch(r"[0-9]{1,6}", raw):
        raw = int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int) or not first <= raw <= last:
        raise ValueError(_("a number from %(first)d to %(last)d is needed.") % {"first": first, "last": last})
    return raw


def _yes_no(raw: Any) -> bool:
    known: dict[Any, bool] = {"yes": True, "no": False}
    if isinstance(raw, bool):
        return raw
    if raw not in known:
        raise ValueError(_("yes or no is needed."))
    return known[raw]


def _one_of(raw: Any, known: Iterable[str]) -> str:
    if raw not in known:
        raise ValueError(
            _("“%(value)s” is not one of: %(known)s.") % {"value": str(raw)[:40], "known": ", ".join(known)}
        )
    return str(raw)


def _zone(raw: Any) -> str:
    if not isinstance(raw, str) or raw not in days.zone_names():
        raise ValueError(_("“%s” is not a time zone we know.") % str(raw)[:64])
    return raw


def _field_value(raw: Any) -> tuple[str, str]:
    """A custom field and its value, written key=value."""
    key, equals, value = raw.partition("=") if isinstance(raw, str) else raw
    if not equals or not _FIELD_KEY.fullmatch(key):
        raise ValueError(_("a field and its value are needed, such as diet=vegan."))
    return key, _text(value, 200)


# --- asking members


def _has_tag(name: str, moment: Moment) -> Q:
    having = MemberTag.objects.filter(tag=moment.tag_ids.get(tag_key(name)))
    return Q(pk__in=having.values("member"))


def _lacks_tag(name: str, moment: Moment) -> Q:
    return ~Q(Exists(MemberTag.objects.filter(tag=moment.tag_ids.get(tag_key(name)), member=OuterRef("pk"))))


def _any(conditions: Iterable[Q]) -> Q:
    found = Q(pk__in=[])
    for one in conditions:
        found |= one
    return found


def _all(conditions: Iterable[Q]) -> Q:
    found = Q()
    for one in conditions:
        found &= one
    return found


def _in_zones(zones: tuple[str, ...], moment: Moment) -> Q:
    return Q(time_zone__in=[*zones, *([""] if moment.community.time_zone in zones else [])])


def _speak(languages: tuple[str, ...], moment: Moment) -> Q:
    return Q(language__in=[*languages, *([""] if moment.community.language in languages else [])])


def _joined_within(count: int, moment: Moment) -> Q:
    return Q(joined_on__gte=moment.today - timedelta(days=count), joined_on__lte=moment.today)


def _on_hold(is_wanted: bool, moment: Moment) -> Q:
    held = Q(hold_ends_at__isnull=False, hold_ends_at__gt=moment.now)
    return held if is_wanted else ~held


def _company(company: str, moment: Moment) -> Q:
    # The key holds the company, folded, and has an index; it also holds the name, so the company itself is asked too.
    return search.containing(fold(company), of=moment.community) & Q(company__iexact=company)


def _field_is(pair: tuple[str, str]) -> Q:
    """A custom field that holds this text, this number, or yes and no."""
    key, text = pair
    wanted: list[Any] = [text]
    number = text.replace(",", ".")  # as people write it in French, and as a value is read too
    if re.fullmatch(r"-?[0-9]{1,15}", number):
        wanted.append(int(number))
    elif re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,6}", number):
        wanted.append(float(number))
    elif text in {"yes", "no"}:
        wanted.append(text == "yes")
    return _any(_field_equals(key, value) for value in wanted)


def _field_equals(key: str, value: Any) -> Q:
    if connection.vendor == "postgresql":
        return Q(custom__contains={key: value})  # by the index on the values
    return Q(KeyTransformExact(KeyTransform(key, "custom"), Value(value, output_field=JSONField())))


# --- saying it


def _or(words: Iterable[str]) -> str:
    return _(" or ").join(words)


def _and(words: Iterable[str]) -> str:
    return _(" and ").join(words)


def _tags(names: Iterable[str], known: Known) -> list[str]:
    return [
        name if known.tags is None or tag_key(name) in known.tags else _("%s (no such tag)") % name for name in names
    ]


def _date(day: date) -> str:
    return date_format(day, "j F Y")


_STATUSES = tuple(value for value in Member.Status.values if value != Member.Status.ERASED)

register(
    Word(
        "q",
        _searched,
        lambda text, moment: search.condition(text, by_email=moment.by_email, of=moment.community),
        lambda text, known: _("found by “%s”") % text,
    )
)
register(
    Word(
        "status",
        lambda raw: _one_of(raw, _STATUSES),
        lambda statuses, moment: Q(status__in=statuses),
        lambda statuses, known: _or(str(Member.Status(one).label).lower() for one in statuses),
        is_list=True,
    )
)
register(
    Word(
        "tags",
        _tag,
        lambda names, moment: _all(_has_tag(name, moment) for name in names),
        lambda names, known: _("tagged %s") % _and(_tags(names, known)),
        is_list=True,
    )
)
register(
    Word(
        "any_tags",
        _tag,
        lambda names, moment: _any(_has_tag(name, moment) for name in names),
        lambda names, known: _("tagged %s") % _or(_tags(names, known)),
        is_list=True,
    )
)
register(
    Word(
        "no_tags",
        _tag,
        lambda names, moment: _all(_lacks_tag(name, moment) for name in names),
        lambda names, known: _("not tagged %s") % _or(_tags(names, known)),
        is_list=True,
    )
)
register(
    Word(
        "joined_after",
        _day,
        lambda day, moment: Q(joined_on__gt=day),
        lambda day, known: _("joined after %s") % _date(day),
    )
)
register(
    Word(
        "joined_before",
        _day,
        lambda day, moment: Q(joined_on__lt=day),
        lambda day, known: _("joined before %s") % _date(day),
    )
)
register(
    Word(
        "joined_within",
        lambda raw: _number(raw, 1, 3660),
        _joined_within,
        lambda count, known: ngettext("joined in the last %d day", "joined in the last %d days", count) % count,
    )
)
register(
    Word(
        "zone",
        _zone,
        _in_zones,
        lambda zones, known: _("in %s") % _or(zones),
        is_list=True,
    )
)
register(
    Word(
        "language",
        lambda raw: _one_of(raw, LANGUAGES),
        _speak,
        lambda languages, known: _("speaking %s") % _or(str(dict(settings.LANGUAGES)[one]) for one in languages),
        is_list=True,
    )
)
register(
    Word(
        "birthday_month",
        lambda raw: _number(raw, 1, 12),
        lambda months, moment: Q(birth_month__in=months),
        lambda months, known: _("birthday in %s") % _or(str(MONTHS[month]) for month in months),
        is_list=True,
    )
)
register(
    Word(
        "has_email",
        _yes_no,
        lambda is_wanted, moment: ~Q(email="") if is_wanted else Q(email=""),
        lambda is_wanted, known: _("with an e-mail address") if is_wanted else _("without an e-mail address"),
    )
)
register(
    Word(
        "on_hold",
        _yes_no,
        _on_hold,
        lambda is_wanted, known: _("on hold") if is_wanted else _("not on hold"),
    )
)
register(Word("company", lambda raw: _text(raw, 120), _company, lambda company, known: _("at %s") % company))
register(
    Word(
        "field",
        _field_value,
        lambda pairs, moment: _all(_field_is(pair) for pair in pairs),
        lambda pairs, known: _and(
            _("%(name)s: %(words)s") % {"name": known.fields.get(key, key), "words": value} for key, value in pairs
        ),
        is_list=True,
    )
)
