"""Importing with the hands: a file dropped, a question answered, a bar that fills."""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from members.importing import uploads
from members.models import Member
from tests.importing.files import many_rows

_DROP = """([zone, name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name, {type: "text/csv"}));
    for (const type of ["dragover", "drop"])
        document.querySelector(zone).dispatchEvent(
            new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true}));
}"""


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.once)])
def test_a_file_is_dropped_and_a_question_answered(page, site, sign_in, builder, community, scheme, assert_accessible):
    page.emulate_media(color_scheme=scheme)
    sign_in(builder)
    page.goto(f"{site}/c/potters/import/")
    page.locator("summary", has_text="Which columns are understood").click()
    page.evaluate(_DROP, [".drop .icon", "list.csv", "name,birthday\nMaya Okafor,04/05/1990\n<b>Nobody,\n"])
    page.get_by_role("button", name="Look at the columns").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What the columns mean")
    page.locator("summary", has_text="How to take them in").click()
    expect(page.get_by_text("For instance: 04/05/1990")).to_be_visible()
    assert_accessible(page)
    page.get_by_text("Day first").click()
    page.get_by_role("button", name="See what would happen").click()
    expect(page.get_by_text("birthday 4 May 1990")).to_be_visible()
    page.get_by_role("link", name="Rejected").click()
    expect(page.get_by_text("birthday 4 May 1990")).to_have_count(0)
    expect(page.get_by_text("markup or a link")).to_be_visible()
    assert_accessible(page)
    assert page.url.endswith("?show=rejected")


def test_a_large_file_fills_a_bar_and_then_says_who_is_in(
    page, site, sign_in, builder, community, tmp_path, assert_accessible
):
    sign_in(builder)
    path = tmp_path / "list.csv"
    path.write_text(many_rows(1200))
    page.goto(f"{site}/c/potters/import/")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Look at the columns").click()
    page.get_by_role("button", name="See what would happen").click()
    page.get_by_role("link", name="More").click()
    expect(page.get_by_text("person50@example.org")).to_be_visible()
    page.get_by_role("button", name="Take 1,200 people in").click()
    expect(page.get_by_text("0 of 1,200 rows")).to_be_visible()
    assert_accessible(page)
    uploads.work(now=datetime.now(UTC))
    expect(page.get_by_role("heading", level=1)).to_have_text("1,200 people are in", timeout=15_000)
    assert Member.objects.count() == 1200


def test_everything_works_without_a_script(browser, site, sign_in, builder, community, context, tmp_path):
    sign_in(builder)
    plain = browser.new_context(java_script_enabled=False)
    plain.add_cookies(context.cookies())
    page = plain.new_page()
    path = tmp_path / "list.csv"
    path.write_text("Nom;Courriel\nMaya Okafor;maya@example.org\nPersonne;nulle part\n")
    page.goto(f"{site}/c/potters/import/")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Look at the columns").click()
    page.get_by_role("button", name="See what would happen").click()
    page.get_by_role("link", name="Rejected").click()
    expect(page.get_by_text("nulle part")).to_be_visible()
    page.get_by_role("button", name="Take 1 person in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 person is in")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download them with the reasons").click()
    assert "nulle part" in download.value.path().read_text("utf-8-sig")
    plain.close()
