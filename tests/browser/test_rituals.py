"""Rituals, wordings and attentions in Chromium: what the little scripts add."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from attentions.models import Attention, Ritual, Wording
from attentions.services import approval, by_hand, rituals
from attentions.services.work import plan_everybody
from outbox.models import Message
from tests.browser.conftest import in_days, looks, today
from tests.factories import a_builder, a_member

pytestmark = pytest.mark.once


@pytest.fixture
def people(community):
    day = today()
    born = {"birth_month": day.month, "birth_day": day.day}
    return [a_member(community, name=name, **born) for name in ("Maya Okafor", "Ole Hansen", "Kai Nakamura")]


@pytest.fixture
def queue(community, builder, people):
    """Three birthdays of today, waiting."""
    ritual = rituals.ritual_for(community, "birthday")
    rituals.switch_on(ritual, by=builder, now=datetime.now(UTC), effective_from=in_days(-2))
    plan_everybody(now=datetime.now(UTC), community=community)
    return list(Attention.objects.order_by("due_at", "pk"))


def path(name, *args):
    return reverse(f"attentions:{name}", args=["potters", *args])


def test_the_year_is_seen_follows_the_settings_and_is_switched_on(page, site, sign_in, builder, people):
    sign_in(builder)
    page.goto(site + path("ritual", "birthday"))
    expect(page.get_by_text("3 gestures in twelve months")).to_be_visible()
    expect(page.get_by_text("Hours to object")).to_be_hidden()
    page.get_by_text("Send by itself unless I object").click()
    expect(page.get_by_label("Hours to object")).to_be_visible()
    expect(page.get_by_text("For the first two days it asks you")).to_be_visible()
    page.get_by_label("At what hour").select_option("18")
    expect(page.get_by_text("Today, 18:00").first).to_be_visible()
    page.get_by_label("At what hour").select_option("19")  # and at once, before the year is there again
    page.get_by_role("button", name="Switch on: Birthday").click()
    expect(page.get_by_text("Birthday is on.")).to_be_visible()
    ritual = Ritual.objects.get()
    assert (ritual.is_on, ritual.hour, ritual.approval) == (True, 19, "veto")


def test_the_audience_is_counted_as_it_is_chosen(page, site, sign_in, builder, community, people):
    from members.models import Audience

    Audience.objects.create(community=community, name="Kais", filter={"q": "kai"})
    sign_in(builder)
    page.goto(site + path("ritual", "birthday"))
    expect(page.locator("#audience-count")).to_contain_text("3 members.")
    page.get_by_label("For whom").select_option(label="Kais")
    expect(page.locator("#audience-count")).to_contain_text("1 member.")
    expect(page.get_by_text("1 gesture in twelve months")).to_be_visible()


def test_words_are_seen_on_real_people_while_they_are_written(page, site, sign_in, builder, people):
    sign_in(builder)
    page.goto(site + path("wording", "birthday", "en", 1))
    expect(page.locator("#preview")).to_contain_text("1 of the next 3")
    page.get_by_label("Subject").fill("Cheers, ")
    page.get_by_text("Placeholders", exact=True).click()
    page.get_by_role("button", name="{name}", exact=True).click()
    expect(page.get_by_label("Subject")).to_have_value("Cheers, {name}")
    letter = page.locator("#preview .subject")
    expect(letter).to_contain_text("Cheers, ")
    first = letter.inner_text()
    page.get_by_role("button", name="Next person").click()
    expect(letter).not_to_have_text(first)
    page.get_by_text("With a personal line").click()
    expect(page.locator("#preview")).to_contain_text("Here stands the line you add")
    expect(page.locator("#preview")).to_contain_text("2 of the next 3")
    page.get_by_label("Subject").fill("Cheers, {nam}")
    expect(page.locator("#preview")).to_contain_text("There is no placeholder {nam}")
    expect(page.get_by_label("Subject")).to_be_focused()  # one is still typing


def test_what_is_asked_for_in_quick_succession_is_shown_in_that_order(page, site, sign_in, builder, people):
    """The first answer comes late, and must not take the place of the last."""
    sign_in(builder)
    page.goto(site + path("wording", "birthday", "en", 1))
    expect(page.locator("#preview")).to_contain_text("1 of the next 3")
    late = []

    def first_one_late(route):
        if not late:
            late.append(route)
            page.wait_for_timeout(1_000)
        route.continue_()

    page.route("**/preview/", first_one_late)
    page.get_by_role("button", name="Next person").click(no_wait_after=True)
    page.get_by_text("With a personal line").click(no_wait_after=True)
    expect(page.locator("#preview")).to_contain_text("Here stands the line you add")
    page.wait_for_timeout(1_500)
    expect(page.locator("#preview")).to_contain_text("2 of the next 3")
    expect(page.locator("#preview")).to_contain_text("Here stands the line you add")
    assert late


def test_a_placeholder_with_a_fallback_is_put_where_the_cursor_stands(page, site, sign_in, builder, people):
    sign_in(builder)
    page.goto(site + path("wording", "birthday", "en", 1))
    text = page.get_by_label("Text", exact=True)
    text.fill("from  with love")
    text.evaluate("field => field.setSelectionRange(5, 5)")
    page.get_by_text("Placeholders", exact=True).click()
    page.get_by_role("button", name="{company|…}").click()
    page.keyboard.type("all of us")
    expect(text).to_have_value("from {company|all of us} with love")


def test_a_test_is_sent_without_losing_what_was_typed(page, site, sign_in, builder, people):
    sign_in(builder)
    page.goto(site + path("wording", "birthday", "en", 1))
    page.get_by_label("Subject").fill("Not saved")
    page.get_by_role("button", name="Send a test to myself").click()
    expect(page.get_by_text("A test is on its way")).to_be_visible()
    expect(page.get_by_label("Subject")).to_have_value("Not saved")
    assert Message.objects.get().subject == "Test: Not saved"


def test_where_a_colleague_was_faster_it_says_so_in_place(page, site, sign_in, builder, community, queue):
    sign_in(builder)
    page.goto(f"{site}/c/potters/")
    item = page.locator(f"#gesture-{queue[0].pk}")
    ben = a_builder(community, name="Ben Okri")
    approval.approve([queue[0]], community=community, by=ben, now=datetime.now(UTC))
    item.get_by_role("button", name="Approve").click()
    expect(page.locator(f"#gesture-{queue[0].pk}")).to_contain_text("Ben Okri has approved this already.")
    expect(page.locator("#open-count")).to_have_text("2")


def test_several_are_approved_after_reading_and_undone(page, site, sign_in, builder, queue):
    sign_in(builder)
    page.goto(site + path("batch"))
    page.locator("[data-pick]").first.uncheck()
    expect(page.locator("span[data-picked]")).to_have_text("2")
    page.get_by_role("button", name="Approve those that are ticked").click()
    expect(page.get_by_text("2 are approved.")).to_be_visible()
    page.locator(".toast").get_by_role("button", name="Undo").click()
    expect(page.get_by_text("2 are taken back.")).to_be_visible()
    assert set(Attention.objects.values_list("state", flat=True)) == {"proposed"}


def test_axe_finds_nothing_on_the_pages_behind_them(
    page, site, sign_in, builder, community, queue, assert_accessible, subtests
):
    sign_in(builder)
    a_builder(community, name="Ben Okri")
    call = by_hand.plan_by_hand(queue[0].member, by=builder, now=datetime.now(UTC), detail="Call her", due_on=today())
    for address in (
        path("outlook", "welcome"),
        path("hand_over", queue[0].pk),
        path("record_done", queue[0].member_id),
        path("detail", call.pk),
        path("list") + "?state=expired",
    ):
        with subtests.test(address):
            for _look in looks(page, site + address):
                assert_accessible(page)
    Wording.objects.update(subject="{wrong}")
    for _look in looks(page, site + path("wording", "birthday", "en", 1)):
        expect(page.locator(".error-summary").first).to_be_visible()
        assert_accessible(page)
