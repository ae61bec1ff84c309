"""Thousands are told apart where people read, and nowhere else."""

from datetime import date

import pytest
from django.utils import translation

from care.lib.ids import uuid7
from members.models import CustomField, Member, MemberImport, TeamMember
from members.seen import written_value
from tests.factories import a_member
from tests.importing.files import checked
from tests.members.pages import said, soup, text

pytestmark = pytest.mark.django_db
URL = "/c/bakers/members/"


@pytest.fixture
def many(bakers):
    Member.objects.bulk_create(
        Member(id=uuid7(), community=bakers, name=f"P{at}", name_key=f"p{at}", known_from=date(2026, 1, 1))
        for at in range(1_001)
    )


@pytest.mark.parametrize(("language", "said"), [("en", "More than 1,000 members"), ("fr", "Plus de 1\xa0000 membres")])
def test_a_count_is_written_as_people_write_it(many, builder, language, said):
    builder.cookies["django_language"] = language
    page = soup(builder.get(URL)).get_text()
    assert said in page


def test_a_machine_reads_the_bare_number(bakers, builder):
    imported = MemberImport.objects.create(
        community=bakers, filename="list.csv", state="running", rows_total=12_345, rows_done=1_000,
        summary={"tries": 1}, created_at="2027-03-10T09:00Z", touched_at="2027-03-10T09:00Z",
    )  # fmt: skip
    page = builder.get(f"/c/bakers/import/{imported.pk}/")
    bar = soup(page).find("progress")
    assert (bar["value"], bar["max"]) == ("1000", "12345")
    assert "1,000 of 12,345 rows" in text(page)


def test_as_many_are_tagged_as_were_shown(many, bakers, builder):
    url = "/c/bakers/members/bulk/?everyone=1&do=tag&tag=Blue"
    form = soup(builder.get(url)).find("main").find("form")
    posted = {field["name"]: field.get("value", "") for field in form.find_all("input") if field.get("name")}
    assert posted["count"] == "1001"
    response = builder.post(url, posted, follow=True)
    assert "1,001 members are tagged Blue." in said(response)


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(bakers, builder):
    user = TeamMember.objects.get(community=bakers, role="builder").user
    imported = checked(bakers, user, "name,email\n" + "Maya,\n" * 1_001 + "Nobody,nope\n")
    page = text(builder.get(f"/c/bakers/import/{imported.pk}/check/?show=rejected&at=1000"))
    assert "1003" in page
    assert "1,003" not in page


def test_a_number_of_one_s_own_may_be_a_year(bakers, builder):
    field = CustomField(community=bakers, key="founded", label="Founded", sort="number")
    assert [written_value(field, value) for value in (2019, 1.5, 0.00001)] == ["2019", "1.5", "0.00001"]
    with translation.override("fr"):
        assert [written_value(field, value) for value in (2019, 1.5)] == ["2019", "1,5"]
    field.save()
    member = a_member(bakers, custom={"founded": 2019}, birth_month=5, birth_day=31, birth_year=1990)
    page = text(builder.get(f"{URL}{member.pk}/"))
    assert "2019" in page
    assert "31 May 1990" in page
    assert soup(builder.get(f"{URL}{member.pk}/edit/")).select_one("[name=custom_founded]")["value"] == "2019"
