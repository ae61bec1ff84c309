"""A community comes to be, changes, pauses and goes on."""

from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from members import audit
from members.models import AuditEntry, Community, Role, TeamMember, User
from members.services.communities import (
    AddressTaken,
    UnknownTimeZone,
    change_community,
    create_community,
    pause,
    resume,
)
from members.services.members import hold
from tests.accounts.signing_in import PASSWORD, link_in, sign_in, with_password
from tests.factories import a_builder, a_community, a_member, a_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def create(slug="bakers", **given):
    values = {"name": "The Bakers", "time_zone": "Europe/Paris", "language": "en", "builder_email": "ana@example.org"}
    return create_community(slug, **{**values, **given})


def run(*arguments, **options):
    call_command(
        "create_community",
        *arguments,
        **{"name": "The Bakers", "timezone": "Europe/Paris", "builder": "ana@example.org", **options},
    )


def test_it_makes_a_community_with_an_owner_and_tells_the_audit():
    created = create()
    owner = created.community.team.get()
    assert (owner.user.email, owner.role) == ("ana@example.org", Role.OWNER)
    assert created.is_new_account
    assert not owner.user.has_usable_password()
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["community.created", "team.joined"]
    assert audit.first_broken_line(created.community) is None


def test_it_uses_an_account_again_whatever_its_case():
    ana = with_password(a_user(email="ana@example.org"))
    created = create(builder_email=" ANA@example.org ")
    assert created.owner == ana
    assert not created.is_new_account
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "field", "says"),
    [
        ({"time_zone": "Paris"}, "time_zone", "Did you mean Europe/Paris?"),
        ({"time_zone": "Europe/Pariss"}, "time_zone", "Europe/Paris"),
        ({"time_zone": "Moon/Base"}, "time_zone", "There is no time zone called “Moon/Base”."),
        ({"slug": "The Bakers"}, "slug", "Small letters, digits and hyphens."),
        ({"slug": "-"}, "slug", "Small letters, digits and hyphens."),
        ({"name": "<b>Bakers</b>"}, "name", "markup"),
        ({"name": ""}, "name", "blank"),
        ({"language": "de"}, "language", "not a valid choice"),
        ({"builder_email": "ana@"}, "builder", "valid email"),
    ],
)
def test_it_refuses_what_cannot_be_and_makes_nothing(given, field, says):
    with pytest.raises(ValidationError) as refused:
        create(**given)
    assert says in " ".join(refused.value.message_dict[field])
    assert not Community.objects.exists()
    assert not User.objects.exists()


def test_it_refuses_an_address_that_is_taken():
    create()
    with pytest.raises(AddressTaken):
        create(builder_email="other@example.org")
    assert not User.objects.filter(email="other@example.org").exists()


def test_the_command_prints_and_mails_a_link_that_works_once(capsys, client, mailoutbox):
    run("bakers")
    out = capsys.readouterr().out
    assert "Created “The Bakers”" in out
    [mail] = mailoutbox
    assert mail.to == ["ana@example.org"]
    link = link_in(mail.body)
    assert link in out
    there = client.get(link, follow=True)
    chosen = client.post(there.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})
    assert chosen.status_code == 302
    assert sign_in(client, User.objects.get()).status_code == 302
    assert client.get("/").url == "/c/bakers/"
    client.logout()
    spent = client.get(link, follow=True)
    assert spent.context["token_fail"]


def test_the_command_tells_an_owner_with_an_account_to_sign_in_as_before(capsys, mailoutbox):
    with_password(a_user(email="ana@example.org"))
    run("bakers")
    assert "signs in as before" in capsys.readouterr().out
    assert not mailoutbox


def test_the_command_says_what_is_wrong_by_option():
    with pytest.raises(
        CommandError, match=r"--timezone: There is no time zone called “Pari”\. Did you mean Europe/Paris"
    ):
        run("bakers", timezone="Pari")
    with pytest.raises(CommandError, match="SLUG: "):
        run("Bakers!")
    with pytest.raises(CommandError, match="--builder: "):
        run("bakers", builder="nobody")


def test_a_new_zone_moves_the_end_of_holds_of_those_who_follow_it_only():
    community = a_community(time_zone="Europe/Paris")
    follows, own = a_member(community), a_member(community, time_zone="Asia/Tokyo")
    for member in (follows, own):
        hold(member, until=date(2026, 12, 1), reason="away", by=None, now=NOW)
    change_community(community, by=a_builder(community, role="owner"), changes={"time_zone": "America/New_York"})
    follows.refresh_from_db()
    own.refresh_from_db()
    assert follows.hold_ends_at == datetime(2026, 12, 2, 5, tzinfo=UTC)
    assert own.hold_ends_at == datetime(2026, 12, 1, 15, tzinfo=UTC)


def test_a_change_names_the_fields_in_the_audit_and_never_their_values():
    community = a_community(name="Old")
    assert change_community(community, by=None, changes={"name": "New", "language": "en"}) == ["name"]
    line = AuditEntry.objects.get()
    assert (line.verb, line.fields) == ("community.changed", ["name"])
    assert change_community(community, by=None, changes={"name": "New"}) == []
    assert AuditEntry.objects.count() == 1


def test_a_change_that_cannot_be_changes_nothing():
    community = a_community(name="Old")
    with pytest.raises(UnknownTimeZone):
        change_community(community, by=None, changes={"name": "New", "time_zone": "Nowhere"})
    community.refresh_from_db()
    assert community.name == "Old"


def test_pausing_and_resuming_twice_does_it_once():
    community = a_community()
    assert pause(community, by=None, now=NOW)
    assert not pause(community, by=None, now=NOW)
    assert Community.objects.get().paused_at == NOW
    assert resume(community, by=None)
    assert not resume(community, by=None)
    assert Community.objects.get().paused_at is None
    assert TeamMember.objects.count() == 0
    assert list(AuditEntry.objects.values_list("verb", flat=True)) == ["community.paused", "community.resumed"]
