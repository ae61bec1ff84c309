"""The Today page in a browser: by mouse, by keyboard, without JavaScript, on a phone."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from attentions.models import Attention
from attentions.services import rituals
from attentions.services.work import plan_everybody
from outbox.models import Message
from tests.browser.conftest import in_days, looks, today
from tests.factories import a_member

pytestmark = pytest.mark.once


@pytest.fixture
def queue(community, builder):
    """Three birthdays today."""
    ritual = rituals.ritual_for(community, "birthday")
    rituals.switch_on(ritual, by=builder, now=datetime.now(UTC), effective_from=in_days(-2))
    day = today()
    for name in ("Maya Okafor", "Tomás Rivera", "Ngozi Eze"):
        a_member(community, name=name, birth_month=day.month, birth_day=day.day, time_zone="Europe/Paris")
    plan_everybody(now=datetime.now(UTC), community=community)
    return list(Attention.objects.order_by("due_at", "pk"))


def state_of(name: str) -> str:
    return Attention.objects.get(member__name=name).state


def test_approving_with_a_personal_line_and_undoing(page, site, sign_in, builder, queue):
    sign_in(builder)
    page.goto(f"{site}/c/potters/")
    first = page.locator("[data-item]").first
    name = first.get_by_role("heading").get_by_role("link").inner_text()
    first.get_by_label("A personal line").fill("See you in Lyon.")
    first.get_by_role("button", name="Approve").click()
    settled = page.locator("[data-settled]").first
    expect(settled).to_contain_text(name)
    expect(page.locator("#open-count")).to_have_text("2")
    assert "See you in Lyon." in Message.objects.get().text
    settled.get_by_role("button", name="Undo").click()
    expect(page.locator("[data-settled]")).to_have_count(0)
    expect(page.locator("#open-count")).to_have_text("3")
    assert Message.objects.get().state == "cancelled"


def test_everything_by_keyboard(page, site, sign_in, builder, queue):
    sign_in(builder)
    page.goto(f"{site}/c/potters/")
    next_one = page.locator("[data-item].is-current:not([data-settled])")
    page.keyboard.press("j")
    page.keyboard.press("e")
    page.keyboard.type("A line by keys.")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator("[data-settled]")).to_have_count(1)  # and the next one has the focus
    assert "A line by keys." in Message.objects.get().text
    expect(next_one).to_be_focused()
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    expect(page.locator("[data-settled]")).to_have_count(2)
    expect(next_one).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    expect(page.locator("[data-settled]")).to_have_count(3)
    assert sorted(Attention.objects.values_list("state", flat=True)) == ["approved", "declined", "proposed"]
    expect(page.locator("[data-settled].is-current")).to_be_focused()
    page.keyboard.press("u")
    expect(page.locator("[data-settled]")).to_have_count(2)
    assert Attention.objects.filter(state="declined").count() == 0
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()


def test_keys_can_be_done_without(page, site, sign_in, builder, queue):
    sign_in(builder)
    page.goto(f"{site}/c/potters/")
    for is_used in (False, True):
        page.get_by_role("button", name="all shortcuts").click()
        page.get_by_label("Use these keys").set_checked(is_used)
        page.get_by_role("button", name="Close").click()
        page.reload()
        page.keyboard.press("j")
        expect(page.locator("[data-item].is-current")).to_have_count(int(is_used))


def test_the_focus_comes_back_from_what_goes_away(page, site, sign_in, builder, queue):
    Attention.objects.update(due_at=datetime.now(UTC) - timedelta(hours=1))  # they would leave at once
    page.clock.install()
    sign_in(builder)
    page.goto(f"{site}/c/potters/")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("[data-settled]")).to_have_count(1)
    expect(page.locator("[data-item].is-current:not([data-settled])")).to_be_focused()  # now the next one
    undo = page.locator("[data-undo] button")
    undo.focus()
    page.clock.run_for(61_000)
    expect(undo).to_have_count(0)
    expect(page.locator("[data-settled]")).to_be_focused()
    menu = page.locator("details.menu:has([data-opens]):visible")
    menu.locator("summary").click()
    menu.locator("[data-opens]").click()
    page.keyboard.press("Escape")
    expect(menu.locator("summary")).to_be_focused()


def test_the_page_does_not_jump_when_an_item_is_settled(page, site, sign_in, builder, queue):
    sign_in(builder)
    page.set_viewport_size({"width": 1280, "height": 500})
    page.goto(f"{site}/c/potters/")
    last = page.locator("[data-item]").last
    last.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    last.get_by_role("button", name="Approve").click()
    expect(page.locator("[data-settled]")).to_have_count(1)
    height = page.evaluate("document.documentElement.scrollHeight - innerHeight")
    # The page is shorter now, and a line on it may wrap anew: that much it may give, and no more.
    assert abs(page.evaluate("scrollY") - min(before, height)) < 40


def test_without_javascript_every_action_is_a_plain_form(browser, site, builder, queue, settings):
    from django.test import Client

    client = Client()
    client.force_login(builder, backend="django.contrib.auth.backends.ModelBackend")
    context = browser.new_context(java_script_enabled=False)
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies[settings.SESSION_COOKIE_NAME].value}
    context.add_cookies([{**cookie, "url": site}])
    page = context.new_page()
    page.goto(f"{site}/c/potters/")
    page.locator("[data-item]").first.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert Attention.objects.filter(state="approved").count() == 1
    page.get_by_role("button", name="Undo").first.click()
    assert Attention.objects.filter(state="approved").count() == 0
    context.close()


def test_axe_finds_nothing_on_today(page, site, sign_in, builder, queue, assert_accessible):
    sign_in(builder)
    for _look in looks(page, f"{site}/c/potters/"):
        assert_accessible(page)


def test_axe_does_find_what_is_wrong(page, site, sign_in, builder, queue):
    from axe_playwright_python.sync_playwright import Axe

    sign_in(builder)
    page.goto(f"{site}/c/potters/")
    page.evaluate("document.querySelector('textarea').labels[0].remove()")
    assert any(violation["id"] == "label" for violation in Axe().run(page).response["violations"])


def test_when_nothing_waits_the_page_says_so(page, site, sign_in, community, builder, assert_accessible):
    sign_in(builder)
    page.goto(f"{site}/c/potters/")
    expect(page.get_by_role("heading", name="Two steps to the first note")).to_be_visible()
    assert_accessible(page)
    rituals.switch_on(rituals.ritual_for(community, "birthday"), by=builder, now=datetime.now(UTC))
    page.reload()
    expect(page.get_by_role("heading", name="Nothing waits")).to_be_visible()
    assert_accessible(page)


def test_after_a_night_away_a_click_asks_to_sign_in_and_comes_back(page, site, context, sign_in, builder, queue):
    builder.set_password("a sentence that I like")
    builder.save()
    EmailAddress.objects.create(user=builder, email=builder.email, verified=True, primary=True)
    sign_in(builder)
    page.goto(f"{site}/c/potters/")
    Session.objects.all().delete()
    page.locator("[data-item]").first.get_by_role("button", name="Approve").click()
    page.get_by_label("Password").fill("a sentence that I like")
    page.get_by_label("Email").fill(builder.email)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("[data-item]")).to_have_count(3)
    assert set(Attention.objects.values_list("state", flat=True)) == {"proposed"}
