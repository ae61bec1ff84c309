"""The member list and a member's page in use: typing, picking, noting, going back; and all of it without a script."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from members.models import Member, Note, Tag, TeamMember
from members.services.notes import add_note
from members.services.tags import add_tag
from tests.browser.conftest import in_days
from tests.factories import a_member

pytestmark = pytest.mark.once
NAMES = ["Maya Okafor", "Tomás Núñez", "Þórdís Jónsdóttir", "محمد الفاسي", "Ngozi Adichie"]


@pytest.fixture
def people(community):
    return [
        a_member(community, name=name, company="Clay & Fire" if number % 2 else "") for number, name in enumerate(NAMES)
    ]


@pytest.fixture
def at_list(page: Page, site, sign_in, builder, people) -> Page:
    sign_in(builder)
    page.goto(f"{site}/c/potters/members/")
    return page


def listed(page: Page):
    return page.locator("#results tbody .who > a")


def test_the_list_narrows_while_one_types_and_going_back_widens_it(at_list, site):
    page = at_list
    expect(listed(page)).to_have_count(5)
    page.keyboard.press("/")
    page.keyboard.type("tomas")
    expect(listed(page)).to_have_text(["Tomás Núñez"])
    expect(page).to_have_url(f"{site}/c/potters/members/?q=tomas")
    assert page.evaluate("document.activeElement.name") == "q"
    page.get_by_role("searchbox").fill("")
    expect(listed(page)).to_have_count(5)
    page.get_by_text("Filter", exact=True).click()
    page.locator("label.chip", has_text="Invited").click()
    expect(page.get_by_text("Nobody matches")).to_be_visible()
    expect(page).to_have_url(f"{site}/c/potters/members/?status=invited")
    page.go_back()
    expect(listed(page)).to_have_count(5)
    expect(page).to_have_url(f"{site}/c/potters/members/")


def test_a_filter_is_kept_as_an_audience(at_list):
    page = at_list
    page.get_by_role("searchbox").fill("clay")
    expect(listed(page)).to_have_count(2)
    page.get_by_role("link", name="Save as audience").click()
    page.get_by_label("Name").fill("The clay people")
    page.get_by_role("button", name="Save the audience").click()
    expect(page.locator(".list")).to_contain_text("The clay people")
    expect(page.locator(".list .count")).to_have_text("2")


def test_rows_are_picked_tagged_after_a_look_and_untagged_again(at_list):
    page = at_list
    bar = page.locator("[data-bulk]")
    expect(bar).to_be_hidden()
    page.get_by_label("Select Maya Okafor").check()
    page.get_by_label("Select Ngozi Adichie").check()
    expect(bar).to_contain_text("2 selected")
    bar.get_by_role("button", name="Tag…").click()
    page.get_by_label("Tag").fill("Teacher")
    page.get_by_role("button", name="See who is touched").click()
    expect(page.get_by_role("heading", name="2 members will be tagged Teacher")).to_be_visible()
    page.get_by_role("button", name="Tag them").click()
    expect(page.get_by_text("2 members are tagged Teacher.")).to_be_visible()
    assert Member.objects.filter(tags__name="Teacher").count() == 2
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("The tag was taken off 2 members again.")).to_be_visible()
    assert not Member.objects.filter(tags__name="Teacher").exists()


def test_notes_and_tags_come_and_go_in_place(at_list, people):
    page = at_list
    page.get_by_role("link", name="Maya Okafor").click()
    page.get_by_label("New note").fill("Loves ginger tea.")
    page.get_by_label("Private: for builders and owners only").check()
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator(".timeline")).to_contain_text("Loves ginger tea.")
    expect(page.get_by_label("New note")).to_have_value("")
    page.get_by_label("Another tag").fill("Teacher")
    page.keyboard.press("Enter")
    expect(page.locator("#tags .chip")).to_have_text(["Teacher"])
    page.get_by_role("button", name="Take off the tag Teacher").click()
    expect(page.locator("#tags .chip")).to_have_count(0)
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator(".timeline").get_by_role("button", name="Delete").click()
    expect(page.locator(".timeline")).not_to_contain_text("Loves ginger tea.")
    assert not Note.objects.exists()
    assert page.url.endswith(f"/{people[0].pk}/")


def test_a_note_one_is_writing_stays_while_one_looks_something_up(at_list):
    page = at_list
    page.get_by_role("link", name="Maya Okafor").click()
    page.get_by_label("New note").fill("She called about")
    page.get_by_role("link", name="Notes", exact=True).click()
    expect(page.locator("#rows [aria-current]")).to_have_text("Notes")
    expect(page.locator("#rows [aria-current]")).to_be_focused()
    expect(page.get_by_label("New note")).to_have_value("She called about")


def test_a_note_that_is_too_long_keeps_its_words_and_takes_the_focus(at_list):
    page = at_list
    page.get_by_role("link", name="Maya Okafor").click()
    page.get_by_label("New note").fill("x" * 10_001)
    page.get_by_role("button", name="Add the note").click()
    expect(page.locator("#timeline .errorlist")).to_contain_text("at most 10000 characters")
    expect(page.get_by_label("New note")).to_have_value("x" * 10_001)


def test_the_timeline_goes_on_below_without_a_jump(at_list, people, builder):
    team_member, now = TeamMember.objects.get(user=builder), datetime.now(UTC)
    for number in range(70):
        add_note(people[0], text=f"Note number {number}.", by=team_member, now=now - timedelta(hours=number + 1))
    page = at_list
    page.get_by_role("link", name="Maya Okafor").click()
    notes = page.locator(".timeline .pre")
    expect(notes).to_have_count(30)
    page.get_by_role("link", name="Earlier").click()
    expect(notes).to_have_count(60)
    page.get_by_role("link", name="Earlier").click()
    expect(notes).to_have_count(70)
    page.get_by_role("link", name="Record").click()
    expect(notes).to_have_count(0)
    expect(page).to_have_url(re.compile(r"\?sort=record$"))


def test_who_introduced_them_is_suggested(at_list, site):
    page = at_list
    page.goto(f"{site}/c/potters/members/new/")
    page.get_by_label("Introduced by").press_sequentially("nunez")
    expect(page.locator("#introducers option")).to_have_count(1)


@pytest.fixture
def plain(browser, site, builder, people):
    """The same pages with JavaScript switched off."""
    from django.conf import settings
    from django.test import Client

    client = Client()
    client.force_login(builder, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])
    page = context.new_page()
    page.goto(f"{site}/c/potters/members/")
    yield page
    context.close()


def test_without_a_script_one_searches_filters_and_picks(plain, people, builder):
    add_tag(people[2], name="Teacher", by=builder)
    plain.reload()
    plain.get_by_role("searchbox").fill("tomas")
    plain.get_by_role("button", name="Search").click()
    expect(listed(plain)).to_have_text(["Tomás Núñez"])
    plain.get_by_role("link", name="Clear all").click()
    plain.get_by_text("Filter", exact=True).click()
    plain.locator("label.chip", has_text="Teacher").first.click()
    plain.get_by_role("button", name="Show them").click()
    expect(listed(plain)).to_have_text(["Þórdís Jónsdóttir"])
    plain.get_by_role("link", name=re.compile("tagged Teacher")).click()
    plain.get_by_label("Select Maya Okafor").check()
    plain.get_by_role("button", name="Hold…").click()
    plain.get_by_label("Until").fill(in_days(9).isoformat())
    plain.get_by_role("button", name="See who is touched").click()
    plain.get_by_label("Why").fill("Strike")
    plain.get_by_role("button", name="Hold them").click()
    assert Member.objects.get(hold_reason="Strike").name == "Maya Okafor"


def test_without_a_script_one_notes_tags_and_corrects(plain):
    plain.get_by_role("link", name="Maya Okafor").click()
    plain.get_by_label("New note").fill("Loves ginger tea.")
    plain.get_by_role("button", name="Add the note").click()
    expect(plain.locator(".timeline")).to_contain_text("Loves ginger tea.")
    plain.get_by_label("Another tag").fill("Teacher")
    plain.get_by_role("button", name="Add", exact=True).click()
    assert Tag.objects.get().name == "Teacher"
    plain.get_by_role("link", name="Edit").first.click()
    plain.get_by_label("Likes to be called").fill("May")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("May")
