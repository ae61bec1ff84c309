"""The admin: for repair, for few eyes, and through the services."""

from datetime import UTC, date, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import Permission
from django.core.exceptions import FieldDoesNotExist
from django.urls import reverse

from attentions.models import Attention
from members.admin.base import Personal
from members.models import AuditEntry, Community, Invitation, Member, Note, TeamMember, User
from members.services import team
from members.services.members import hold
from outbox.models import Message
from tests.accounts.canaries import tables_about_a_member
from tests.factories import a_builder, a_community, a_member, a_user

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OURS = {"members", "outbox", "attentions"}


@pytest.fixture
def root(client):
    user = a_user(is_staff=True, is_superuser=True)
    client.force_login(user)
    client.user = user
    return client


def ours():
    return [model for model in apps.get_models() if model._meta.app_label in OURS]


def page(model, name="changelist", *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def act(client, action, *rows, **more):
    [model] = {type(row) for row in rows}
    posted = {"action": action, "_selected_action": [row.pk for row in rows], **more}
    return client.post(page(model), posted, follow=True)


@pytest.fixture
def one_of_each():
    from tests.accounts.test_erasing import one_of_each

    member = a_member(a_community(), email="canary@example.org")
    rows = one_of_each(member)
    team.invite(member.community, email="x@example.org", role="builder", by=a_builder(member.community), now=NOW)
    return [*rows, member.community, Invitation.objects.get(), TeamMember.objects.get(), AuditEntry.objects.get()]


def test_every_model_of_ours_is_there():
    assert [model for model in ours() if not admin.site.is_registered(model)] == []


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model._meta.label)
def test_every_list_opens_can_be_searched_and_filtered(root, model):
    for query in ("", "?q=maya@example.org", "?q=01920000-0000-7000-8000-000000000000", "?q=%00", "?o=1.2", "?p=3"):
        assert root.get(page(model) + query).status_code in {200, 302}, query


def test_every_row_opens(root, one_of_each):
    for row in one_of_each:
        assert root.get(page(type(row), "change", row.pk)).status_code == 200, row._meta.label


def test_no_state_can_be_typed():
    for model, model_admin in admin.site._registry.items():
        if model._meta.app_label not in OURS:
            continue
        for field in ("state", "status", "reachable", "paused_at", "role"):
            try:
                model._meta.get_field(field)
            except FieldDoesNotExist:
                continue
            assert field not in getattr(model_admin, "repairable", ()), model


def test_no_list_counts_a_million_rows(root, django_assert_max_num_queries):
    community = a_community()
    for _number in range(3):
        a_member(community)
    with django_assert_max_num_queries(12):
        root.get(page(Member))
    assert all(not site.show_full_result_count for model, site in admin.site._registry.items() if model in ours())


def test_personal_data_is_for_superusers_whatever_rights_staff_was_given(client, one_of_each):
    staff = a_user(is_staff=True)
    staff.user_permissions.set(Permission.objects.all())
    client.force_login(staff)
    assert client.get("/admin/").status_code == 200
    assert client.get(page(Community)).status_code == 200
    for model in tables_about_a_member():
        assert isinstance(admin.site._registry[model], Personal), model
    for row in one_of_each:
        if isinstance(admin.site._registry[type(row)], Personal):
            assert client.get(page(type(row))).status_code == 403, row._meta.label
            assert client.get(page(type(row), "change", row.pk)).status_code == 403, row._meta.label


def test_its_own_log_knows_no_name_and_no_address(root):
    account = a_user(email="canary@example.org", name="Canary")
    address = EmailAddress.objects.create(user=account, email="canary@example.org")
    new = {
        "email": "canary2@example.org",
        "name": "Canary",
        "password1": "a sentence that I like",
        "usable_password": "true",
    }
    root.post(page(User, "add"), {**new, "password2": new["password1"]})
    assert User.objects.filter(email="canary2@example.org").exists()
    root.post(page(User, "change", account.pk), {"email": "canary@example.org", "name": "Canary", "is_active": "on"})
    root.post(page(EmailAddress, "change", address.pk), {"verified": "on"})
    root.post(page(EmailAddress, "delete", address.pk), {"post": "yes"})
    assert {(line.action_flag, line.object_repr == line.object_id) for line in LogEntry.objects.all()} == {
        (ADDITION, True),
        (CHANGE, True),
        (DELETION, True),
    }
    assert "canary" not in str(LogEntry.objects.values()).lower()


def test_a_correction_goes_through_the_service(root):
    member = a_member(a_community(), name="Maya")
    form = root.get(page(Member, "change", member.pk)).context["adminform"].form
    typed = {name: form[name].value() or "" for name in form.fields}
    saved = root.post(
        page(Member, "change", member.pk), {**typed, "name": "Maya Okafor", "birth_month": 3, "birth_day": 9}
    )
    assert saved.status_code == 302
    member.refresh_from_db()
    assert (member.name, member.name_key.startswith("maya okafor"), member.birth_day) == ("Maya Okafor", True, 9)
    line = AuditEntry.objects.get()
    assert (line.verb, line.actor_id) == ("member.changed", root.user.pk)


@pytest.mark.parametrize(
    "wrong", [{"name": "<b>"}, {"time_zone": "Moon/Base"}, {"birth_month": 2, "birth_day": 30}, {"email": "x@"}]
)
def test_a_correction_that_cannot_be_is_refused(root, wrong):
    member = a_member(a_community(), name="Maya")
    form = root.get(page(Member, "change", member.pk)).context["adminform"].form
    typed = {name: form[name].value() or "" for name in form.fields}
    assert root.post(page(Member, "change", member.pk), {**typed, **wrong}).status_code == 200
    assert Member.objects.get(pk=member.pk).name == "Maya"
    assert not AuditEntry.objects.exists()


def test_an_address_that_is_taken_is_refused(root):
    community = a_community()
    a_member(community, email="taken@example.org")
    member = a_member(community)
    form = root.get(page(Member, "change", member.pk)).context["adminform"].form
    typed = {name: form[name].value() or "" for name in form.fields}
    refused = root.post(page(Member, "change", member.pk), {**typed, "email": "TAKEN@example.org"})
    assert "already here" in refused.content.decode()


def test_members_are_held_left_and_erased_by_the_services(root):
    member = a_member(a_community())
    hold(member, until=date(2036, 1, 1), reason="away", by=None, now=NOW)
    act(root, "end_holds", member)
    act(root, "leave", member)
    act(root, "erase", member, is_sure="yes")
    member.refresh_from_db()
    assert (member.hold_until, member.status, member.name) == (None, "erased", "")
    verbs = list(AuditEntry.objects.order_by("seq").values_list("verb", flat=True))
    assert verbs == ["member.held", "member.released", "member.status_set", "member.erased"]
    assert "nothing left to change" in act(root, "ban", member).content.decode()


def test_erasing_asks_first_and_keeps_what_was_chosen(root):
    members = [a_member(a_community()) for _time in range(2)]
    form = BeautifulSoup(act(root, "erase", *members).content, "html.parser").find(id="content").find("form")
    assert not Member.objects.filter(status="erased").exists()
    assert "2 members" in form.find_previous("p").text
    posted = [(field["name"], field["value"]) for field in form.find_all("input")]
    root.post(page(Member), {name: [value for other, value in posted if other == name] for name, _value in posted})
    assert Member.objects.filter(status="erased").count() == 2


def test_a_community_is_paused_resumed_and_changed(root):
    community = a_community(name="Old")
    act(root, "pause", community)
    community.refresh_from_db()
    assert community.paused_at
    act(root, "resume", community)
    form = root.get(page(Community, "change", community.pk)).context["adminform"].form
    typed = {name: form[name].value() or "" for name in form.fields}
    root.post(page(Community, "change", community.pk), {**typed, "name": "New", "slug": "stolen"})
    community.refresh_from_db()
    assert (community.paused_at, community.name, community.slug != "stolen") == (None, "New", True)


def test_the_last_owner_stays_also_here(root):
    owner = a_community().team.get(user=a_builder(Community.objects.get(), role="owner"))
    assert "only owner" in act(root, "take_off", owner).content.decode()
    assert "only owner" in act(root, "make_greeter", owner).content.decode()
    owner.refresh_from_db()
    assert owner.role == "owner"


def test_messages_are_released_taken_back_and_settled(root):
    member = a_member(a_community())

    def message(number, **fields):
        return Message.objects.create(
            community=member.community,
            member=member,
            message_class="greeting",
            due_at=NOW,
            ready_at=NOW,
            expires_at=datetime.now(UTC) + timedelta(days=3),
            message_id=f"<{number}@test>",
            created_at=NOW,
            **fields,
        )

    held = message(1, state="held", reason="brake")
    queued, unknown = message(2, state="queued"), message(3, state="unknown")
    act(root, "release", held)
    act(root, "cancel", queued)
    act(root, "found_sent", unknown)
    states = [Message.objects.get(pk=row.pk).state for row in (held, queued, unknown)]
    assert states == ["queued", "cancelled", "sent"]
    verbs = [entry.verb for entry in member.community.audit.all()]
    assert sorted(verbs) == ["message.found_sent", "message.released", "message.taken_back"]


def test_a_proposal_is_skipped(root):
    member = a_member(a_community())
    row = Attention.objects.create(
        community=member.community,
        member=member,
        kind="birthday",
        cycle="birthday:2026",
        due_on=NOW.date(),
        due_at=NOW,
        expires_at=NOW,
        created_at=NOW,
        proposed_at=NOW,
    )
    act(root, "skip", row)
    row.refresh_from_db()
    assert row.state == "declined"


def test_nothing_is_deleted_from_the_trail(root, one_of_each):
    for row in one_of_each:
        if isinstance(row, AuditEntry | Member | Community | Message | Note):
            assert root.post(page(type(row), "delete", row.pk), {"post": "yes"}).status_code == 403, row._meta.label
