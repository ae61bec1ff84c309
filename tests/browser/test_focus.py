"""The keyboard stays where it was when a part of the page is replaced, and of two clicks the last one counts."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error, Page, expect

from members.services.custom_fields import add_field
from tests.factories import a_member

pytestmark = pytest.mark.once


@pytest.fixture
def at(page: Page, site, sign_in, builder):
    """Open a page of the potters, signed in."""
    sign_in(builder)

    def opened(path: str) -> Page:
        page.goto(f"{site}/c/potters/{path}")
        return page

    return opened


def test_a_shelf_that_was_opened_keeps_the_focus(at):
    page = at("messages/")
    waiting = page.locator(".chips").get_by_role("link", name="Waiting")
    waiting.press("Enter")
    expect(page.get_by_text("Nothing waits to leave.")).to_be_visible()
    expect(waiting).to_be_focused()


def test_of_two_clicks_the_last_one_counts(context, site, sign_in, builder):
    """The first answer comes late; htmx tells the console, as an error, that it was given up."""
    sign_in(builder)
    page = context.new_page()
    page.goto(f"{site}/c/potters/messages/")

    late = []
    page.route("**/messages/?show=queued", lambda route: late.append(route))
    for name in ("Waiting", "Sent"):
        page.locator(".chips").get_by_role("link", name=name).click()
    expect(page.get_by_text("Nothing has been sent yet.")).to_be_visible()
    with suppress(Error):
        late[0].continue_()
    page.wait_for_timeout(1_000)
    expect(page).to_have_url(f"{site}/c/potters/messages/?show=sent")
    expect(page.get_by_text("Nothing has been sent yet.")).to_be_visible()


def test_a_field_is_moved_all_the_way_up_by_keyboard(at, community, builder):
    for label in ("Diet", "Size", "Motto"):
        add_field(community, label=label, sort="text", by=builder)
    page = at("members/fields/")
    up = page.get_by_role("button", name="Move Motto up")
    for label in ("Size", "Diet"):
        up.press("Enter")
        expect(page.locator("#fields li").filter(has_text="Motto").locator("+ li")).to_contain_text(label)
        expect(up).to_be_focused()
    expect(up).to_have_attribute("aria-disabled", "true")


def test_tags_are_added_and_taken_off_one_after_the_other(at, community):
    page = at(f"members/{a_member(community).pk}/")
    page.get_by_label("Another tag").focus()
    for name in ("Host", "Teacher"):
        page.keyboard.type(name)
        page.keyboard.press("Enter")
        expect(page.locator("#tags .chip").filter(has_text=name)).to_be_visible()
    expect(page.get_by_label("Another tag")).to_be_focused()
    page.get_by_role("button", name="Take off the tag Host").press("Enter")
    expect(page.locator("#tags .chip")).to_have_text(["Teacher"])
    expect(page.get_by_label("Another tag")).to_be_focused()
