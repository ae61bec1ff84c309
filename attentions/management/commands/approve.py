"""`manage.py approve`: a person approves from the command line."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from attentions.models import Attention
from attentions.services.approval import approve
from care.lib import clock
from members.models import Community

BATCH = 200


class Command(BaseCommand):
    help = "Approve proposed attentions: all of a community, or some by id. There is no minute to undo here."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("community", metavar="SLUG")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--all", action="store_true", help="everything that is proposed")
        which.add_argument("--id", action="append", type=UUID, metavar="ID", dest="ids")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="the builder or owner who approves")
        parser.add_argument("--json", action="store_true", help="one JSON object on the last line")
        clock.add_now_argument(parser)

    def handle(self, *, community: str, by: str, ids: list[UUID] | None, now: str | None, **options: Any) -> None:
        instant = clock.from_option(now)
        group = Community.objects.filter(slug=community).first()
        if group is None:
            raise CommandError(f"There is no community {community!r}.")
        person = group.team.filter(user__email__iexact=by).select_related("user").first()
        if person is None or not person.may("builder"):
            raise CommandError(f"{by} is not a builder or owner of {community}.")
        here = Attention.objects.of(group).order_by("due_at", "pk")
        wanted = here.proposed() if ids is None else here.filter(pk__in=ids)
        keys = list(wanted.values_list("pk", flat=True))
        refused: dict[str, str] = {str(pk): "There is no such attention here." for pk in set(ids or ()) - set(keys)}
        approved = 0
        for start in range(0, len(keys), BATCH):
            rows = Attention.objects.filter(pk__in=keys[start : start + BATCH])
            result = approve(rows, community=group, by=person.user, now=instant, undo=timedelta(0))
            approved += len(result.approved)
            refused |= {str(pk): why for pk, why in result.refused.items()}
        if options["json"]:
            self.stdout.write(json.dumps({"approved": approved, "refused": refused}))
        else:
            self.stdout.write(f"approved {approved}, refused {len(refused)}")
            for pk, why in refused.items():
                self.stderr.write(f"{pk}: {why}")
