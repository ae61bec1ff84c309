"""A file on its way in: nothing before it is confirmed, and nothing lost when a worker is killed."""

from datetime import timedelta
from io import BytesIO

import pytest

from care.lib.csvfile import NoRows, open_csv
from care.lib.nudge import MEMBERS_CHANGED
from members import tasks
from members.importing import kept, uploads
from members.importing.run import BATCH
from members.models import AuditEntry, ImportPreset, Member, MemberImport
from tests.factories import a_builder, a_community
from tests.importing.files import NOW, checked, many_rows, uploaded

pytestmark = pytest.mark.django_db
State = MemberImport.State


@pytest.fixture
def community():
    return a_community()


@pytest.fixture
def builder(community):
    return a_builder(community)


class Killed(BaseException):
    """What ends a process in the middle of a batch."""


def kill_at(monkeypatch, batch):
    """Let the next worker die while it writes its nth batch."""
    keep, batches = uploads._Keeper.keep, []

    def dying(keeper, tally):
        batches.append(tally)
        if len(batches) == batch:
            raise Killed
        keep(keeper, tally)

    monkeypatch.setattr(uploads._Keeper, "keep", dying)


def test_nothing_is_written_before_it_is_confirmed(community, builder):
    imported = checked(community, builder, "name,email\nMaya,maya@example.org\nNobody,nope\n")
    assert (imported.state, imported.rows_total) == (State.CHECKED, 2)
    assert imported.summary["fates"] == "nr"
    assert imported.errors[0]["row"] == 3
    assert not Member.objects.exists()
    assert not AuditEntry.objects.exists()


def test_a_small_file_is_taken_in_at_once(community, builder):
    imported = checked(community, builder, "name,email\nMaya,maya@example.org\nNobody,nope\n")
    assert uploads.confirm(imported, by=imported.by, now=NOW)
    imported.refresh_from_db()
    assert (imported.state, imported.rows_done, imported.finished_at) == (State.DONE, 2, NOW)
    assert (imported.summary["new"], imported.summary["rejected"]) == (1, 1)


def test_of_the_file_only_what_was_rejected_is_kept_to_be_mended(community, builder):
    imported = checked(community, builder, 'name,email,company\nMaya,maya@example.org,\nNobody,nope,"=a, b"\n')
    uploads.confirm(imported, by=imported.by, now=NOW)
    imported.refresh_from_db()
    text = bytes(imported.content).decode("utf-8-sig")
    assert text.splitlines()[0] == "error,name,email,company"
    assert "maya" not in text
    rows = list(uploads.file_of(imported).rows())
    assert rows[0].cells[1:] == ["Nobody", "nope", "=a, b"]


def test_a_large_file_waits_for_a_worker(community, builder, monkeypatch):
    nudged = []
    monkeypatch.setattr(uploads, "nudge", lambda task, *where: nudged.append((task, *where)))
    imported = checked(community, builder, many_rows(600))
    uploads.confirm(imported, by=imported.by, now=NOW)
    assert (imported.state, nudged) == (State.CONFIRMED, [("members.import",)])
    assert not Member.objects.exists()
    assert uploads.work(now=NOW) == 1
    assert uploads.work(now=NOW) == 0
    assert Member.objects.count() == 600
    assert nudged[1:] == [(MEMBERS_CHANGED, str(community.pk))]


def test_the_task_finds_its_work_in_the_database(community, builder):
    imported = checked(community, builder, many_rows(501))
    uploads.confirm(imported, by=imported.by, now=NOW)
    tasks.import_members()
    tasks.import_members()
    imported.refresh_from_db()
    assert (imported.state, Member.objects.count()) == (State.DONE, 501)


def test_two_who_confirm_at_once_take_it_in_once(community, builder):
    imported = checked(community, builder, "name\nMaya\n")
    same = MemberImport.objects.get(pk=imported.pk)
    assert uploads.confirm(imported, by=imported.by, now=NOW)
    assert not uploads.confirm(same, by=same.by, now=NOW)
    assert Member.objects.count() == 1


def test_a_worker_killed_in_the_middle_is_followed_by_one_that_goes_on(community, builder, monkeypatch):
    text = many_rows(2 * BATCH + 10) + "Last,last@example.org,\nDouble,person5@example.org,\n"
    imported = checked(community, builder, text)
    uploads.confirm(imported, by=imported.by, now=NOW)
    with monkeypatch.context() as patched:
        kill_at(patched, batch=2)
        with pytest.raises(Killed):
            uploads.work(now=NOW)
    imported.refresh_from_db()
    assert (imported.state, imported.rows_done, Member.objects.count()) == (State.RUNNING, BATCH, BATCH)
    assert uploads.work(now=NOW + timedelta(minutes=2)) == 0, "the first may still be alive"
    assert uploads.work(now=NOW + timedelta(minutes=4)) == 1
    imported.refresh_from_db()
    assert (imported.state, imported.rows_done) == (State.DONE, 2 * BATCH + 12)
    assert (imported.summary["new"], imported.summary["rejected"], imported.summary["same"]) == (2 * BATCH + 11, 1, 0)
    assert Member.objects.count() == 2 * BATCH + 11


def test_introducers_are_not_forgotten_by_a_worker_that_goes_on(community, builder, monkeypatch):
    first = "name,email,introduced_by\nFirst,first@example.org,last@example.org\n"
    rest = "".join(f"Person {at},person{at}@example.org,\n" for at in range(BATCH))
    imported = checked(community, builder, first + rest + "Last,last@example.org,first@example.org\n")
    uploads.confirm(imported, by=imported.by, now=NOW)
    with monkeypatch.context() as patched:
        kill_at(patched, batch=3)  # the one that links
        with pytest.raises(Killed):
            uploads.work(now=NOW)
    assert Member.objects.exclude(introduced_by=None).count() == 1
    assert uploads.work(now=NOW + timedelta(minutes=4)) == 1
    assert Member.objects.get(name="First").introduced_by.name == "Last"
    assert Member.objects.get(name="Last").introduced_by.name == "First"


def test_a_worker_that_was_only_slow_stops_when_another_has_taken_over(community, builder, monkeypatch):
    imported = checked(community, builder, many_rows(BATCH + 1))
    uploads.confirm(imported, by=imported.by, now=NOW)
    keep, seen = uploads._Keeper.keep, []

    def slow(keeper, tally):
        if not seen:
            seen.append(1)
            MemberImport.objects.update(touched_at=NOW + timedelta(minutes=5))
        keep(keeper, tally)

    monkeypatch.setattr(uploads._Keeper, "keep", slow)
    assert uploads.work(now=NOW) == 0
    assert not Member.objects.exists()


def test_an_import_that_kills_every_worker_is_given_up_and_can_be_tried_again(community, builder, monkeypatch):
    imported = checked(community, builder, many_rows(600))
    uploads.confirm(imported, by=imported.by, now=NOW)
    later = NOW
    with monkeypatch.context() as patched:
        for _worker in range(3):
            kill_at(patched, batch=1)
            with pytest.raises(Killed):
                uploads.work(now=later)
            patched.undo()
            later += timedelta(minutes=4)
        uploads.work(now=later)
    imported.refresh_from_db()
    assert imported.state == State.FAILED
    assert uploads.reason_for_failure(imported)
    assert uploads.confirm(imported, by=imported.by, now=later)
    assert uploads.work(now=later) == 1
    assert Member.objects.count() == 600


def test_a_file_that_was_not_confirmed_can_be_thrown_away(community, builder):
    imported = uploaded(community, builder, "name\nMaya\n")
    assert uploads.discard(imported, now=NOW)
    imported.refresh_from_db()
    assert (imported.state, imported.content) == (State.DISCARDED, None)
    assert not uploads.discard(imported, now=NOW)


def test_files_are_thrown_away_after_a_day(community, builder):
    waiting = uploaded(community, builder, "name\nMaya\n")
    stuck = checked(community, builder, many_rows(600))
    uploads.confirm(stuck, by=stuck.by, now=NOW)
    done = checked(community, builder, "name\n" + "x" * 90 + "\n" + "<b>\n" * 1100)
    uploads.confirm(done, by=done.by, now=NOW)
    MemberImport.objects.filter(pk=done.pk).update(state=State.DONE)
    assert uploads.empty_old_files(now=NOW + timedelta(hours=23)) == 0
    assert uploads.empty_old_files(now=NOW + timedelta(hours=25)) == 3
    assert uploads.empty_old_files(now=NOW + timedelta(hours=25)) == 0
    states = {row.pk: row.state for row in MemberImport.objects.all()}
    assert states == {waiting.pk: State.DISCARDED, stuck.pk: State.FAILED, done.pk: State.DONE}
    assert not MemberImport.objects.exclude(content=None).exists()
    stuck.refresh_from_db()
    assert "day" in uploads.reason_for_failure(stuck)
    assert uploads.work(now=NOW + timedelta(hours=26)) == 0


def test_a_file_that_is_gone_says_so(community, builder):
    imported = uploaded(community, builder, "name\nMaya\n")
    MemberImport.objects.update(content=None)
    imported.refresh_from_db()
    with pytest.raises(uploads.FileGone):
        uploads.file_of(imported)


def test_a_file_without_rows_is_not_kept(community, builder):
    with pytest.raises(NoRows):
        uploaded(community, builder, "name,email\n")
    assert not MemberImport.objects.exists()


def test_a_preset_is_kept_replaced_and_forgotten(community, builder):
    kept.save_preset(community, name=" Our  list ", columns={"Who": "name", "Mail": ""}, by=builder)
    kept.save_preset(community, name="Our list", columns={"Who": "name", "Mail": "email"}, by=builder)
    preset = ImportPreset.objects.get()
    assert kept.columns_of(community, "Our list") == ({"Who": "name", "Mail": "email"}, "")
    assert kept.columns_of(community, "slack")[1] == "slack"
    with pytest.raises(KeyError):
        kept.columns_of(a_community(), "Our list")
    kept.delete_preset(preset, by=builder)
    assert not ImportPreset.objects.exists()


def test_the_rejected_rows_come_back_with_their_reasons():
    file = open_csv(BytesIO(b"name;email\nA;b\n\nC;d\nE\n"))
    content = uploads.rejected_rows(file, [{"row": 4, "error": "Wrong."}, {"row": 5, "error": "Short."}])
    assert content.decode("utf-8-sig").splitlines() == ["error,name,email", "Wrong.,C,d", "Short.,E"]


def test_a_rejected_row_comes_back_whole_and_is_rejected_again_until_it_is_mended(community, builder):
    imported = checked(community, builder, "name,company,,\nMaya,Bread, and more,and\nTom,Bread, and more,and,more\n")
    uploads.confirm(imported, by=imported.by, now=NOW)
    imported.refresh_from_db()
    assert [error["row"] for error in imported.errors] == [3]
    again = checked(community, builder, bytes(imported.content))
    assert (again.options["mapping"], again.summary["fates"]) == ({"name": "name", "company": "company"}, "r")
    assert next(uploads.file_of(again).rows()).cells[1:] == ["Tom", "Bread", " and more", "and", "more"]
