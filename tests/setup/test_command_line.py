"""The whole way by commands alone: names, exit codes and what `--json` prints are a contract."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from attentions.models import Attention
from members.models import Member
from outbox.models import Message
from tests.factories import a_builder, a_community, a_member

pytestmark = pytest.mark.django_db

IMPORTED = "2027-02-20T12:00Z"
PLANNED = "2027-02-27T06:00Z"
DUE = "2027-03-01T08:00Z"
LIST = "name,email,birthday,joined\nMaya Okafor,maya@example.org,--03-01,2021-03-01\nTomás Ruiz,,03-02,2020-01-05\n"


@pytest.fixture(autouse=True)
def _travelling(settings, tmp_path):
    settings.VAR = tmp_path
    settings.TIME_TRAVEL = True
    settings.EMAIL_URL = f"maildir://{tmp_path / 'mailbox'}"


def run(*words: str) -> str:
    out = StringIO()
    call_command(*words, stdout=out, stderr=StringIO())
    return out.getvalue()


def told(*words: str) -> dict:
    """The one object on the last line."""
    return json.loads(run(*words, "--json").splitlines()[-1])


@pytest.fixture
def potters(tmp_path):
    """A community with two members and its birthdays switched on, by commands alone."""
    run(
        *("create_community", "potters", "--name", "The Potters", "--timezone", "Europe/Paris"),
        *("--language", "fr", "--builder", "ana@example.org"),
    )
    (tmp_path / "list.csv").write_text(LIST)
    taken_in = told("import_members", "potters", str(tmp_path / "list.csv"), "--yes")
    assert taken_in == {"created": 2, "updated": 0, "unchanged": 0, "rejected": []}
    Member.objects.update(known_from=IMPORTED[:10])  # the import itself has no other clock than this machine's
    told("ritual", "potters", "birthday", "--on", "--effective-from", "2027-01-01")


def test_from_a_list_to_a_note_that_left(potters, tmp_path):
    planned = told("plan", "--community", "potters", "--now", PLANNED)
    assert planned.pop("seconds") >= 0
    assert planned == {"created": 2, "moved": 0, "withdrawn": 0, "unchanged": 0}
    approved = told("approve", "potters", "--all", "--by", "ana@example.org", "--now", PLANNED)
    assert approved == {"approved": 2, "refused": {}}
    nothing = {"sent": 0, "failed": 0, "unknown": 0, "held": 0, "expired": 0, "cancelled": 0}
    assert told("deliver", "--now", PLANNED) == nothing
    assert told("deliver", "--now", DUE) == {**nothing, "sent": 1}
    assert told("deliver", "--now", DUE) == nothing
    assert len([path for path in (tmp_path / "mailbox").rglob("*") if path.is_file()]) == 1
    assert Message.objects.get().language == "fr"


def test_what_was_delivered_is_done_at_once_and_not_only_when_planning_comes_by(potters):
    run("plan", "--now", PLANNED)
    run("approve", "potters", "--all", "--by", "ana@example.org", "--now", PLANNED)
    run("deliver", "--now", DUE)
    maya, tomas = Attention.objects.order_by("due_on")
    assert (maya.state, maya.member.reached_at, tomas.state) == ("done", maya.done_at, "approved")


def test_planning_again_is_unchanged(potters):
    told("plan", "--now", PLANNED)
    again = told("plan", "--now", PLANNED)
    assert (again["created"], again["unchanged"]) == (0, 2)


def test_some_are_approved_by_id_and_each_refusal_has_its_reason(potters):
    run("plan", "--now", PLANNED)
    first = Attention.objects.order_by("due_on").first()
    stranger = Attention.objects.create(
        **{name: getattr(first, name) for name in ("kind", "due_on", "due_at", "expires_at", "created_at")},
        proposed_at=first.proposed_at,
        community=(other := a_community()),
        member=a_member(other),
        cycle="x",
    )
    by = ("--by", "ana@example.org", "--now", PLANNED)
    said = told("approve", "potters", "--id", str(first.pk), "--id", str(stranger.pk), *by)
    assert (said["approved"], list(said["refused"])) == (1, [str(stranger.pk)])
    assert "approved this already" in told("approve", "potters", "--id", str(first.pk), *by)["refused"][str(first.pk)]


def test_a_ritual_says_how_it_is_practised(potters):
    said = told("ritual", "potters", "welcome", "--on", "--approval", "auto", "--hour", "18")
    assert (said["kind"], said["is_on"], said["approval"], said["hour"]) == ("welcome", True, "auto", 18)
    assert told("ritual", "potters", "welcome", "--off")["is_on"] is False


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("plan", "--community", "nowhere"), "no community"),
        (("ritual", "nowhere", "birthday", "--on"), "no community"),
        (("ritual", "potters", "brunch", "--on"), "brunch"),
        (("ritual", "potters", "birthday", "--on", "--hour", "5"), "6"),
        (("ritual", "potters", "birthday"), "required"),
        (("approve", "potters", "--all", "--by", "nobody@example.org"), "not a builder"),
        (("approve", "potters", "--id", "x", "--by", "ana@example.org"), "invalid UUID"),
        (("deliver", "--now", "yesterday"), "ISO"),
        (("create_community", "potters", "--name", "P", "--timezone", "UTC", "--builder", "a@b.org"), "potters"),
        (("create_community", "x", "--name", "X", "--timezone", "Mars/Base", "--builder", "a@b.org"), "Mars/Base"),
    ],
)
def test_what_cannot_be_is_explained(potters, words, why):
    with pytest.raises(CommandError, match=f"(?i){why}"):
        run(*words)


def test_a_greeter_approves_nothing(potters):
    greeter = a_builder(Member.objects.first().community, role="greeter")
    with pytest.raises(CommandError, match="not a builder"):
        run("approve", "potters", "--all", "--by", greeter.email)
