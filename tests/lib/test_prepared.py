"""An UPDATE that is compiled once does what the ORM would do, each time with the values of that time."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

from care.lib.prepared import PreparedUpdate
from members.models import Member
from tests.factories import a_community, a_member
from tests.outbox.drafts import NOON

pytestmark = pytest.mark.django_db


def test_it_writes_what_it_says_and_tells_which_rows():
    hold = PreparedUpdate(
        lambda pk, until: (
            Member.objects.filter(Q(pk=pk) | Q(name="Everybody"), status="active"),
            {"hold_ends_at": until, "hold_until": NOON.date(), "company": Concat(F("company"), Value("!"))},
        ),
        uuids=1,
        instants=1,
    )
    community = a_community()
    first, second, gone = a_member(community), a_member(community), a_member(community, status="left")
    for number, member in enumerate((first, second)):
        until = NOON + timedelta(days=number, microseconds=number)
        assert hold.run(member.pk, until) == {member.pk}
        member.refresh_from_db()
        assert (member.hold_ends_at, member.company) == (until, "!")
    assert hold.run(gone.pk, NOON) == set()
    assert hold.run(uuid4(), NOON) == set()


def test_it_is_part_of_the_transaction_around_it():
    rename = PreparedUpdate(lambda pk: (Member.objects.filter(pk=pk), {"name": "Other"}), uuids=1)
    member = a_member(a_community(), name="Maya")
    with transaction.atomic():
        rename.run(member.pk)
        transaction.set_rollback(True)
    member.refresh_from_db()
    assert member.name == "Maya"


def test_errors_of_the_database_are_the_usual_ones():
    wrong = PreparedUpdate(lambda pk: (Member.objects.filter(pk=pk), {"status": "asleep"}), uuids=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        wrong.run(a_member(a_community()).pk)


def test_one_that_runs_often_is_planned_once():
    rename = PreparedUpdate(lambda pk: (Member.objects.filter(pk=pk), {"name": "Other"}), uuids=1)
    for _ in range(3):
        rename.run(uuid4())
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            assert cursor.fetchone()[0] >= 1
