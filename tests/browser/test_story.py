"""The whole way, as a builder goes it: a CSV comes in, a ritual is switched on, a note leaves, and is unsubscribed."""

from datetime import UTC, datetime

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import expect

from attentions.services.work import plan_everybody
from care.lib.days import at_hour
from members.models import Member
from outbox.models import Message, OptOut
from outbox.services import deliver
from tests.browser.conftest import today


@pytest.fixture
def csv_file(tmp_path):
    """What a platform exports: its own column names, semicolons, an accent, a row that is wrong."""
    hers, theirs = today("Africa/Lagos"), today("Europe/Berlin")
    path = tmp_path / "members.csv"
    path.write_text(
        "Full name;E-mail address;Birthday;Time zone;Tags\n"
        f"Maya Okafor;maya@example.org;1992-{hers:%m-%d};Africa/Lagos;speaker\n"
        f"Zoé Müller;zoe@example.org;--{theirs:%m-%d};Europe/Berlin;\n"
        "Nobody;not an address;;;\n",
        encoding="utf-8-sig",
    )
    return path


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.once)])
def test_from_a_csv_to_a_note_in_the_mailbox_and_out_again(
    page, site, sign_in, builder, community, csv_file, mailbox, assert_accessible, width
):
    sign_in(builder)
    page.set_viewport_size({"width": width, "height": 844})

    # the members come in, after a look at every row
    page.goto(f"{site}/c/potters/import/")
    assert_accessible(page)
    page.locator("input[type=file]").set_input_files(csv_file)
    page.get_by_role("button", name="Look at the columns").click()
    assert_accessible(page)
    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_text("Nobody").first).to_be_visible()
    assert Member.objects.count() == 0
    assert_accessible(page)
    page.get_by_role("button", name="Take 2 people in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 people are in")
    assert_accessible(page)
    assert Member.objects.count() == 2

    # the ritual is switched on after its preview
    page.get_by_role("link", name="Switch on a ritual").click()
    page.get_by_role("link", name="Birthday").first.click()
    expect(page.get_by_text("gestures in twelve months")).to_be_visible()
    page.get_by_role("button", name="Switch on").click()
    plan_everybody(now=datetime.now(UTC), community=community)

    # one note gets a line of its own and is approved
    page.goto(f"{site}/c/potters/")
    item = page.locator("[data-item]", has_text="Maya Okafor")
    if item.locator("details.envelope:not([open])").count():
        item.locator("details.envelope > summary").click()
    item.get_by_label("A personal line").fill("The kiln opens at six.")
    item.get_by_role("button", name="Approve").click()
    expect(page.locator("[data-settled]")).to_contain_text("Maya")

    # it leaves at nine where she lives, once, and can be read in the mailbox
    nine = at_hour(today("Africa/Lagos"), 9, "Africa/Lagos")
    leaves = max(nine, Message.objects.get().ready_at)
    assert deliver(leaves).sent == 1
    assert deliver(leaves).sent == 0
    page.goto(f"{site}/mailbox/")
    page.get_by_role("link", name="Happy birthday, Maya").click()
    letter = page.frame_locator("iframe")
    expect(letter.get_by_text("The kiln opens at six.")).to_be_visible()

    # one click and she gets no more of these
    out = letter.get_by_role("link", name="No more of these").get_attribute("href")
    page.context.clear_cookies(name=django_settings.SESSION_COOKIE_NAME)
    page.goto(out)
    assert not OptOut.objects.exists()
    assert_accessible(page)
    page.get_by_role("main").get_by_role("button").first.click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert OptOut.objects.get().member.name == "Maya Okafor"
    assert_accessible(page)
