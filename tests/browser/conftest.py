"""A real Chromium, signed in, and what it may not show: an error in its console, a request to another host.

What scripts do is the same on both databases: the story and the import are tried on both, the rest once.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from care.lib.days import local_day
from members.models import Community, User
from tests.factories import a_builder, a_community

# Two workers and two browsers share two cores: five seconds, the default, are not always enough then.
expect.set_options(timeout=20_000)
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # of all that passes one example is enough
}
LOOKS = ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"))


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in str(item.path):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    args = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-sync", *quiet]
    return {**browser_type_launch_args, "executable_path": shutil.which("chromium"), "headless": True, "args": args}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    return {**browser_context_args, "locale": "en-GB", "viewport": {"width": 1280, "height": 900}}


@pytest.fixture
def mailbox(settings, tmp_path):
    """The development mailbox, as in the embedded install."""
    settings.TRYING_OUT = True
    settings.EMAIL_URL = f"maildir://{tmp_path / 'mailbox'}"
    return tmp_path / "mailbox"


@pytest.fixture
def site(live_server, settings):
    """Where the product runs; the links in letters lead there."""
    settings.BASE_URL = live_server.url
    return live_server.url


@pytest.fixture
def community() -> Community:
    return a_community(slug="potters", name="The Potters", sender_name="Ana Costa", reply_to="ana@example.org")


@pytest.fixture
def builder(community) -> User:
    return a_builder(community, name="Ana Costa", role="owner")


@pytest.fixture
def page(page: Page) -> Page:
    """A page that fails the test when its console shows an error, but for answers that are meant: 401, 409 and 422."""
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    meant = ("status of 401", "status of 409", "status of 422")
    assert [error for error in errors if not any(status in error for status in meant)] == []


@pytest.fixture
def sign_in(context: BrowserContext, site) -> Callable[[User], None]:
    """Gives the browser the session of a user, without the login form."""

    def sign_in(user: User) -> None:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        name = django_settings.SESSION_COOKIE_NAME
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])

    return sign_in


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """Axe finds nothing, and nothing is wider than the screen."""

    def check(page: Page) -> None:
        result = Axe().run(page, options=AXE)
        assert result.violations_count == 0, f"{page.url}\n{result.generate_report()}"
        width = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert width[0] <= width[1], f"{page.url} is wider than the screen: {width}"

    return check


def looks(page: Page, url: str, among: tuple[tuple[int, str], ...] = LOOKS) -> Iterator[None]:
    """The page at this address, on a desk and on a phone, by day and by night; it is there each time."""
    for width, scheme in among:
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme)
        response = page.goto(url)
        assert response is not None
        assert response.status == 200
        yield


def today(zone: str = "Europe/Paris") -> date:
    """The day it is where the community lives, or whoever lives in another zone."""
    return local_day(datetime.now(UTC), zone)


def in_days(number: int) -> date:
    return today() + timedelta(days=number)
