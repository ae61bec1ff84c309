"""The five numbers at the foot of the Today page.

Each counts people or notes, never a score of one person; a share of fewer than five is not shown. The page counts a
small community itself; a large one is counted by housekeeping every hour and read from the cache, so that the page is
as fast with a million members as with ten.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from attentions.models import Attention
from attentions.querysets import AttentionQuerySet
from care.lib.days import local_day
from members.models import Community, Member
from outbox.models import OptOut

FEWEST = 5
QUARTER = timedelta(days=90)
MONTH = timedelta(days=30)
KEPT = 3 * 3600
# Up to so many active members the page itself counts.
SMALL = 5_000


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of a community at an instant."""

    active: int
    newcomers: int
    reached: int
    due: int
    on_the_day: int
    joined: int
    welcomed: int
    opted_out: int
    done: int


def counted(community: Community, *, now: datetime) -> Counted | None:
    """The counts for the page; None while a large community has not been counted yet."""
    if not _is_large(community):
        return count(community, now=now)
    kept = cache.get(_key(community))
    return Counted(**kept) if kept else None


def keep_large(now: datetime) -> int:
    """Count the large communities for the page; how many there are."""
    large = [community for community in Community.objects.order_by("pk") if _is_large(community)]
    for community in large:
        cache.set(_key(community), asdict(count(community, now=now)), KEPT)
    return len(large)


def _is_large(community: Community) -> bool:
    return Member.objects.of(community).active().values("pk")[SMALL : SMALL + 1].exists()


def _key(community: Community) -> str:
    return f"numbers-2:{community.pk}"  # another number whenever `Counted` has other fields


def count(community: Community, *, now: datetime) -> Counted:
    """Count. A few statements whatever the size, each over an index or one pass of it."""
    members = Member.objects.of(community).active()
    month_ago = local_day(now - MONTH, community.time_zone)
    done = Attention.objects.of(community).filter(state="done", done_at__gt=now - MONTH, ritual__isnull=False)
    joined = members.filter(welcome_on__range=(month_ago, local_day(now - timedelta(hours=48), community.time_zone)))
    welcomed = Attention.objects.of(community).filter(kind="welcome", state="done", member__in=joined)
    due, on_the_day = _on_the_day(done, community)
    return Counted(
        active=members.count(),
        newcomers=members.filter(_joined_after(month_ago)).count(),
        reached=members.filter(reached_at__gt=now - QUARTER).count(),
        due=due,
        on_the_day=on_the_day,
        joined=joined.count(),
        welcomed=sum(
            at - created <= timedelta(hours=48) for at, created in welcomed.values_list("done_at", "created_at")
        ),
        opted_out=OptOut.objects.filter(community=community, created_at__gt=now - MONTH).aggregate(
            members=Count("member", distinct=True)
        )["members"],
        done=done.count(),
    )


def _joined_after(day: date) -> Q:
    """Whoever joined after this day; without that date, whom we have since then, unless a list brought them."""
    return Q(joined_on__gt=day) | Q(joined_on__isnull=True, is_imported=False, known_from__gt=day)


def _on_the_day(done: AttentionQuerySet, community: Community) -> tuple[int, int]:
    """How many gestures were done, and how many of them by the day they were due on, where the member lives."""
    due = on_the_day = 0
    for done_at, due_on, zone in done.values_list("done_at", "due_on", "member__time_zone").iterator():
        due += 1
        on_the_day += local_day(done_at, zone or community.time_zone) <= due_on
    return due, on_the_day


def strip(counted: Counted) -> list[dict[str, Any]]:
    """The numbers as the page shows them."""
    return [
        {
            "label": _("Active members"),
            "value": number_format(counted.active),
            "delta": _("%(n)+d in 30 days") % {"n": counted.newcomers} if counted.newcomers else "",
            "help": _("Members whose status is active now."),
        },
        _share(
            _("Reached this quarter"),
            counted.reached,
            counted.active,
            _("Active members whom a personal gesture reached in the last 90 days."),
        ),
        _share(
            _("On the day"),
            counted.on_the_day,
            counted.due,
            _("Notes of the last 30 days that left on the very day they were due, where the member lives."),
        ),
        _share(
            _("Welcomed in 48 hours"),
            counted.welcomed,
            counted.joined,
            _("Of those who joined in the last 30 days, the ones who had a personal welcome within 48 hours."),
        ),
        _share(
            _("Asked for less"),
            counted.opted_out,
            counted.done,
            _("Members who switched a sort of message off in the last 30 days, beside the notes of that time."),
            is_good=False,
        ),
    ]


def _share(label: str, part: int, whole: int, help_text: str, *, is_good: bool = True) -> dict[str, Any]:
    n = number_format(whole)
    if whole < FEWEST:
        return {"label": label, "value": "–", "delta": _("too few to say"), "n": n, "help": help_text}
    value = _("%(n)d%%") % {"n": round(100 * part / whole)} if is_good else number_format(part)
    return {"label": label, "value": value, "n": n, "help": help_text, "delta": ""}
