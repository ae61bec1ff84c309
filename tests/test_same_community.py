"""The database refuses what must not be, whoever asks."""

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction

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
    "S1c", "Links across communities", goal="the database guards every one, and refuses each with rows really there"
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
            tried += 1
            try:
                model.objects.filter(pk=row.pk).update(**{link.column: stranger.pk})
            except DatabaseError:
                continue
            accepted.append(f"{link.table}.{link.column}")
    line.figures |= {"links": len(names), "tried with rows": tried, "accepted": len(accepted)}
    assert not accepted
    assert tried == len(list(links()))


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
