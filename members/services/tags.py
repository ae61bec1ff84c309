"""Writing tags: on one member, and on many at once."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from care.lib.ids import uuid7
from members import audit, facts
from members.models import Community, Member, MemberTag, Tag, User
from members.querysets import MemberQuerySet
from members.services.locking import hold_row


def clean_tag(name: str) -> str:
    """The name of a tag as kept; raises ValidationError."""
    name = facts.clean_line(name, 50)
    if not name:
        raise ValidationError(_("A tag needs a word."), code="empty")
    if ";" in name or "," in name:
        raise ValidationError(_("One tag at a time, without commas."), code="separator")
    return name


def tag_named(community: Community, name: str) -> Tag:
    """The community's tag of that name, made when it is new. Raises ValidationError."""
    name = clean_tag(name)
    tag, _made = Tag.objects.get_or_create(community=community, key=facts.tag_key(name), defaults={"name": name})
    return tag


def put(member: Member, name: str) -> bool:
    """Put a tag on a member, within the transaction and the audit of the caller; False when it was there."""
    _link, made = MemberTag.objects.get_or_create(
        tag=tag_named(member.community, name), member=member, defaults={"community": member.community}
    )
    return made


@transaction.atomic
def add_tag(member: Member, *, name: str, by: User | None) -> bool:
    """Put a tag on a member; False when it was there. Raises ValidationError."""
    hold_row(member)
    made = put(member, name)
    if made:
        audit.record(member.community, actor=by, verb="member.tagged", subject=member, fields=["tags"])
    return made


@transaction.atomic
def remove_tag(member: Member, *, tag: Tag, by: User | None) -> bool:
    """Take a tag off a member; False when it was not there."""
    gone, _by_model = MemberTag.objects.filter(member=member, tag=tag, community=member.community_id).delete()
    if gone:
        audit.record(member.community, actor=by, verb="member.untagged", subject=member, fields=["tags"])
    return bool(gone)


@transaction.atomic
def tag_many(members: MemberQuerySet, *, community: Community, name: str, by: User) -> tuple[int, UUID]:
    """Put a tag on all of `members` that lack it, in one statement: how many, and the batch that undoes it.

    Their rows are held, as `hold_row` holds one: whoever is just being erased is passed over.
    """
    tag, batch = tag_named(community, name), uuid7()
    chosen = members.kept().filter(community=community).exclude(member_tags__tag=tag).order_by("id").values("id")
    sql, params = chosen.select_for_update(no_key=True, of=("self",)).query.sql_with_params()
    new_id = "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"
    table, uuid = connection.ops.quote_name(MemberTag._meta.db_table), MemberTag._meta.get_field("batch")
    keys = [uuid.get_db_prep_value(value, connection) for value in (community.pk, tag.pk, batch)]
    with connection.cursor() as cursor:
        cursor.execute(
            # The names come from the models, the values are parameters.
            f"INSERT INTO {table} (id, community_id, member_id, tag_id, batch) "  # noqa: S608 # nosec B608  as said above
            f"SELECT {new_id}, %s, chosen.id, %s, %s FROM ({sql}) AS chosen WHERE 1 = 1 ON CONFLICT DO NOTHING",
            [*keys, *params],
        )
        count = cursor.rowcount
    if count:
        audit.record(community, actor=by, verb="members.tagged", subject=tag, fields=["tags"], count=count)
    return count, batch


@transaction.atomic
def undo_tagging(community: Community, *, batch: UUID, by: User) -> int:
    """Take off again what one bulk action has put on; how many. A second time takes nothing."""
    count, _by_model = MemberTag.objects.filter(community=community, batch=batch).delete()
    if count:
        audit.record(community, actor=by, verb="members.tagging_undone", fields=["tags"], count=count)
    return count


@transaction.atomic
def untag_many(members: MemberQuerySet, *, community: Community, tag: Tag, by: User) -> int:
    """Take a tag off all of `members` that have it; how many."""
    chosen = members.filter(community=community).order_by().values("pk")
    count, _by_model = MemberTag.objects.filter(community=community, tag=tag, member__in=chosen).delete()
    if count:
        audit.record(community, actor=by, verb="members.untagged", subject=tag, fields=["tags"], count=count)
    return count
