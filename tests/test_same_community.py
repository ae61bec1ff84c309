"""The database refuses what must not be, whoever asks."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from care.lib.ids import uuid7
from members import audit
from members.models import AuditEntry, MemberTag, Tag
from members.same_community import links
from tests.doors import World, our_routes
from tests.factories import a_builder, a_community, a_member
from tests.strangers.planting import furnish_with_words

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_refuses_a_tag_of_another_community():
    here, there = a_community(), a_community()
    tag = Tag.objects.create(community=there, name="Speaker", key="speaker")
    with pytest.raises(IntegrityError):
        MemberTag.objects.create(community=here, member=a_member(here), tag=tag)


def test_it_refuses_moving_a_row_to_another_community():
    here, there = a_community(), a_community()
    member = a_member(here)
    tag = Tag.objects.create(community=here, name="Speaker", key="speaker")
    link = MemberTag.objects.create(community=here, member=member, tag=tag)
    with pytest.raises(IntegrityError):
        MemberTag.objects.filter(pk=link.pk).update(community=there)


@pytest.mark.proves(
    "S1c",
    "Links across communities",
    goal="the database guards every one, and refuses each with rows really there, changed or new, for this very reason",
)
def test_every_link_between_tables_with_a_community_is_guarded(line):
    names = {link.name for link in links()}
    query = (
        "SELECT conname FROM pg_constraint WHERE conname LIKE 'same_community_%%'"
        if connection.vendor == "postgresql"
        else "SELECT replace(name, '_insert', '') FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%%_insert'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        assert names <= {name for (name,) in cursor.fetchall()}
    here, there = World(), World()
    for world in (here, there):
        world.furnish(our_routes())
        furnish_with_words(world)
    tried, accepted = 0, []
    for model in apps.get_models():
        for link in [link for link in links() if link.table == model._meta.db_table]:
            row, stranger = _row_of(model, here), _row_of(_model(link.target), there)
            assert None not in (row, stranger), f"{link}: make such a row in tests/strangers/planting.py"
            wrong = {link.column: stranger.pk}
            tried += 1
            if not _is_refused(link, lambda row=row, wrong=wrong: _change(row, **wrong)):
                accepted.append(f"{link.table}.{link.column}, changed")
            if not _is_refused(link, lambda row=row, wrong=wrong: _insert(row, **wrong)):
                accepted.append(f"{link.table}.{link.column}, new")
            with transaction.atomic():  # the same, but for the link: it can be written
                _insert(row)
                transaction.set_rollback(True)
    line.figures |= {"links": len(names), "tried with rows": tried, "accepted": len(accepted)}
    assert not accepted
    assert tried == len(list(links()))


def _is_refused(link, attack):
    """Whether the database refuses it because of this link, and of nothing else."""
    try:
        with transaction.atomic():
            attack()
    except IntegrityError as error:
        if connection.vendor == "postgresql":
            return error.__cause__.diag.constraint_name == link.name
        return str(error) == "FOREIGN KEY constraint failed: a link to another community"
    return False


def _change(row, **changes):
    """Change this row."""
    _make_way(_like(row, **changes), but=row.pk)
    type(row)._base_manager.filter(pk=row.pk).update(**changes)


def _insert(row, **changes):
    """Write another row like this one."""
    another = _like(row, **{**_only_once(row), **changes})
    _make_way(another)
    another.save(force_insert=True)


def _like(row, **changes):
    return type(row)(
        **{**{field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}, **changes}
    )


def _only_once(row):
    """Other words where two rows may not have the same, and a key of its own."""
    fields, new = row._meta.concrete_fields, {models.UUIDField: uuid7, models.BigAutoField: lambda: None}
    alone = {field.name for field in fields if field.unique}.union(*_unique(row))
    words = {
        f.attname: uuid4().hex[: f.max_length] for f in fields if f.name in alone and isinstance(f, models.CharField)
    }
    key = row._meta.pk
    return words | ({key.attname: new[type(key)]()} if type(key) in new else {})


def _unique(row):
    return [one.fields for one in row._meta.constraints if isinstance(one, models.UniqueConstraint) and one.fields]


def _make_way(another, *, but=None):
    """Take away what may not be there at the same time: it would be refused for that, before its link is looked at."""
    for names in (("pk",), *_unique(another)):
        same = {name: another.pk if name == "pk" else another.serializable_value(name) for name in names}
        if None not in same.values():
            type(another)._base_manager.filter(**same).exclude(pk=but).delete()


def _row_of(model, world):
    return model.objects.filter(community=world.community).first()


def _model(table):
    return next(model for model in apps.get_models() if model._meta.db_table == table)


@pytest.mark.parametrize(
    "wrong",
    [
        {"birth_month": 2, "birth_day": 30},
        {"birth_month": 4, "birth_day": 31},
        {"birth_month": 13, "birth_day": 1},
        {"birth_month": 5, "birth_day": None},
        {"birth_year": 1990},
        {"status": "asleep"},
        {"hold_until": "2027-01-01"},
    ],
)
def test_it_refuses_a_member_that_cannot_be(wrong):
    with pytest.raises(IntegrityError):
        a_member(a_community(), **wrong)


def test_it_accepts_29_february_without_a_year():
    assert a_member(a_community(), birth_month=2, birth_day=29).pk


def test_it_refuses_the_same_address_twice_in_one_community_only():
    here, there = a_community(), a_community()
    a_member(here, email="Mike@example.org")
    a_member(there, email="mike@example.org")
    with pytest.raises(IntegrityError):
        a_member(here, email="mike@EXAMPLE.org")


def test_nobody_changes_or_removes_a_line_of_the_audit():
    community = a_community()
    with transaction.atomic():
        audit.record(community, actor=a_builder(community), verb="member.held", fields=["hold_until"])
        audit.record(community, actor=None, verb="member.changed", fields=["name"])
    assert audit.first_broken_line(community) is None
    for attack in (lambda: AuditEntry.objects.update(verb="nothing"), lambda: AuditEntry.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            attack()
    assert [entry.seq for entry in AuditEntry.objects.order_by("seq")] == [1, 2]


def test_a_forged_line_of_the_audit_is_found():
    community = a_community()
    with transaction.atomic():
        line = audit.record(community, actor=None, verb="member.changed")
    line.pk, line.seq, line.hash = uuid7(), 2, "0" * 64
    line.save(force_insert=True)
    assert audit.first_broken_line(community) == 2
