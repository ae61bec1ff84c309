"""Thousands are told apart where people read, and nowhere else."""

from datetime import date

import pytest
from django.utils import translation

from care.lib.ids import uuid7
from members.models import CustomField, Member, MemberImport
from members.seen import written_value
from tests.factories import a_member
from tests.members.pages import soup, text

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


def test_a_number_of_one_s_own_may_be_a_year(bakers, builder):
    field = CustomField(community=bakers, key="founded", label="Founded", sort="number")
    assert [written_value(field, value) for value in (2019, 1.5, -0.25)] == ["2019", "1.5", "-0.25"]
    with translation.override("fr"):
        assert [written_value(field, value) for value in (2019, 1.5)] == ["2019", "1,5"]
    field.save()
    member = a_member(bakers, custom={"founded": 2019}, birth_month=5, birth_day=31, birth_year=1990)
    page = text(builder.get(f"{URL}{member.pk}/"))
    assert "2019" in page
    assert "31 May 1990" in page
    assert soup(builder.get(f"{URL}{member.pk}/edit/")).select_one("[name=custom_founded]")["value"] == "2019"
