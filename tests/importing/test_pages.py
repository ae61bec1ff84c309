"""Importing in the browser, as plain forms."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from members.importing import uploads
from members.models import Audience, AuditEntry, ImportPreset, Member, MemberImport
from tests.factories import a_builder, a_community, a_member
from tests.importing.files import checked, many_rows, uploaded

pytestmark = pytest.mark.django_db


def page(response):
    return BeautifulSoup(response.content, "html.parser")


def words(response):
    return " ".join(page(response).get_text(" ").split())


def bring(client, community, content, *, name="list.csv", **more):
    content = content.encode() if isinstance(content, str) else content
    return client.post(
        reverse("members:imports", args=[community.slug]), {"file": SimpleUploadedFile(name, content), **more}
    )


def columns(client, community, imported, **more):
    """Send the form about the columns as it is shown, with some answers."""
    url = reverse("members:import_columns", args=[community.slug, imported.pk])
    form = page(client.get(url)).find("main").find("form")
    given = {
        select["name"]: (select.find("option", selected=True) or {"value": ""})["value"]
        for select in form.find_all("select")
    }
    return client.post(url, {**given, **more})


def url_of(name, community, imported):
    return reverse(f"members:{name}", args=[community.slug, imported.pk])


def test_from_a_file_to_its_people(client, community, builder):
    text = "Nom;Courriel;Anniversaire\nMaya Okafor;maya@example.org;31/05/1990\nPersonne;nulle part;\n"
    response = bring(client, community, text.encode("cp1252"))
    imported = MemberImport.objects.get()
    assert response.url == url_of("import_columns", community, imported)
    assert "Maya Okafor" in words(client.get(response.url))

    response = columns(client, community, imported)
    assert response.url == url_of("import_check", community, imported)
    told = words(client.get(response.url))
    assert "1 person would be new" in told
    assert "31 May 1990" in told
    assert "Personne" in told
    assert not Member.objects.exists()

    response = client.post(url_of("import_confirm", community, imported))
    told = words(client.get(response.url))
    assert "1 person is in" in told
    assert "E-mail:" in told
    assert Member.objects.get().birth_day == 31

    rejected = client.get(url_of("import_rejected", community, imported))
    assert "nulle part" in rejected.content.decode("utf-8-sig")
    assert "maya" not in rejected.content.decode("utf-8-sig")
    assert "list.csv" in words(client.get(reverse("members:imports", args=[community.slug])))


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"name,email\n", "no rows"),
        (b"PK\x03\x04" + bytes(60), "not a CSV"),
        (b'name,notes\nA,"b\nc\n', "row 2"),
        (",".join(f"c{at}" for at in range(300)).encode() + b"\n1\n", "300 columns"),
        (b"name\n" + b"x" * 6_000_000, "at most 5 MB"),
        (b"name\n" + b"x\n" * 20_001, "20,000 rows"),
        (b"name\nA\0\n", "damaged"),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence_and_the_place_is_kept(client, community, builder, content, says):
    response = bring(client, community, content)
    assert response.status_code == 422
    assert says in words(response)
    assert page(response).find("input", type="file")
    assert not MemberImport.objects.exists()


def test_without_a_file_it_asks_for_one(client, community, builder):
    response = client.post(reverse("members:imports", args=[community.slug]), {})
    assert response.status_code == 422
    assert "Choose a file first" in words(response)


def test_it_asks_about_dates_only_when_the_file_does_not_tell(client, community, builder):
    imported = uploaded(community, builder, "name,birthday\nMaya,04/05/1990\n")
    assert "One question about the dates" in words(client.get(url_of("import_columns", community, imported)))
    response = columns(client, community, imported)
    assert response.status_code == 422
    assert "Say how to read these dates" in words(response)
    assert columns(client, community, imported, date_order="dmy").status_code == 303
    client.post(url_of("import_confirm", community, imported))
    assert Member.objects.get().birth_month == 5

    telling = uploaded(community, builder, "name,birthday\nMaya,04/05/1990\nTomás,31/12/1990\n")
    assert "One question" not in words(client.get(url_of("import_columns", community, telling)))


def test_ambiguous_rows_can_be_left_out(client, community, builder):
    imported = uploaded(community, builder, "name,birthday\nMaya,04/05/1990\nTomás,\n")
    assert columns(client, community, imported, date_order="leave").status_code == 303
    imported.refresh_from_db()
    assert (imported.summary["new"], imported.summary["rejected"]) == (1, 1)


def test_it_needs_a_column_of_names_and_no_field_twice(client, community, builder):
    imported = uploaded(community, builder, "who,mail\nMaya,maya@example.org\n")
    assert "No column holds names" in words(columns(client, community, imported))
    twice = columns(client, community, imported, **{"column-0": "name", "column-1": "name"})
    assert "already" in words(twice)
    assert columns(client, community, imported, **{"column-0": "name"}).status_code == 303


def test_columns_can_be_kept_for_the_next_file(client, community, builder):
    imported = uploaded(community, builder, "who,mail\nMaya,maya@example.org\n")
    columns(client, community, imported, **{"column-0": "name", "keep_as": "Our list"})
    preset = ImportPreset.objects.get()
    bring(client, community, "mail,who\nt@example.org,Tomás\n", preset="Our list")
    assert MemberImport.objects.latest("created_at").options["mapping"]["who"] == "name"
    client.post(reverse("members:import_preset_delete", args=[community.slug, preset.pk]))
    assert not ImportPreset.objects.exists()


def test_a_platform_can_be_named(client, community, builder):
    bring(client, community, "Name,User ID,Joined Group on\nMaya,7,04/05/2020\n", preset="meetup")
    imported = MemberImport.objects.get()
    assert imported.options["preset"] == "meetup"
    columns(client, community, imported)
    client.post(url_of("import_confirm", community, imported))
    assert Member.objects.get().joined_on.month == 4


def test_fields_are_overwritten_when_ticked(client, community, builder):
    a_member(community, name="Maya", email="maya@example.org", company="Bakery")
    imported = uploaded(community, builder, "name,email,company\nMaya,maya@example.org,Mill\n")
    columns(client, community, imported)
    assert "Company stays “Bakery”" in words(client.get(url_of("import_check", community, imported)))
    columns(client, community, imported, overwrite=["company"])
    assert "was Bakery" in words(client.get(url_of("import_check", community, imported)))
    client.post(url_of("import_confirm", community, imported))
    assert Member.objects.get().company == "Mill"


def test_the_rows_of_one_fate_are_shown_a_page_at_a_time(client, community, builder):
    imported = checked(community, builder, many_rows(120) + "Nobody,nope,\n")
    url = url_of("import_check", community, imported)
    shown = page(client.get(url + "?show=new&at=50"))
    assert len(shown.find("tbody").find_all("tr")) == 50
    assert "person50@example.org" in shown.get_text()
    assert [link["rel"][0] for link in shown.find("nav", class_="pager").find_all("a")] == ["prev", "next"]
    rejected = page(client.get(url + "?show=rejected"))
    assert len(rejected.find("tbody").find_all("tr")) == 1
    for odd in ("?at=-1", "?at=99999999999999999999", "?at=x", "?show=everything", "?at=121"):
        assert client.get(url + odd).status_code == 200


def test_the_check_answers_htmx_with_the_rows_only(client, community, builder):
    imported = checked(community, builder, many_rows(3))
    response = client.get(url_of("import_check", community, imported), headers={"HX-Request": "true"})
    assert b"<html" not in response.content
    assert b'id="rows"' in response.content
    assert all(tab["id"] for tab in page(response).select(".tabs a")), "the one that was pressed keeps the focus"


def test_the_number_of_queries_of_the_check_does_not_depend_on_the_file(
    client, community, builder, django_assert_max_num_queries
):
    imported = checked(community, builder, many_rows(1500))
    with django_assert_max_num_queries(30):
        client.get(url_of("import_check", community, imported))


def test_progress_is_shown_until_it_is_done(client, community, builder):
    imported = checked(community, builder, many_rows(600))
    response = client.post(url_of("import_confirm", community, imported))
    told = client.get(response.url)
    assert "0 of 600 rows" in words(told)
    assert page(told).find("meta", attrs={"http-equiv": "refresh"})
    assert page(told).find(attrs={"hx-trigger": "every 2s"})
    assert "HX-Refresh" not in client.get(response.url, headers={"HX-Request": "true"}).headers
    uploads.work(now=imported.created_at)
    assert client.get(response.url, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    told = client.get(response.url)
    assert "600 people are in" in words(told)
    assert not page(told).find("meta", attrs={"http-equiv": "refresh"})


def test_confirming_twice_says_so(client, community, builder):
    imported = checked(community, builder, "name\nMaya\n")
    client.post(url_of("import_confirm", community, imported))
    response = client.post(url_of("import_confirm", community, imported), follow=True)
    assert "on its way in already" in words(response)
    assert Member.objects.count() == 1


def test_a_file_can_be_thrown_away(client, community, builder):
    imported = uploaded(community, builder, "name\nMaya\n")
    assert "thrown away" in words(client.post(url_of("import_discard", community, imported), follow=True))
    assert client.get(url_of("import_columns", community, imported)).status_code == 303


@pytest.mark.parametrize("name", ["import_columns", "import_check", "import_show", "import_confirm", "import_discard"])
def test_a_file_that_was_thrown_away_is_gone_whatever_one_asks_of_it(client, community, builder, name):
    imported = checked(community, builder, "name\nMaya\n")
    assert uploads.discard(imported, now=imported.created_at)
    ask = client.post if name in {"import_confirm", "import_discard"} else client.get
    response = ask(url_of(name, community, imported), follow=True)
    assert "no longer here" in words(response)
    assert "on its way" not in words(response)
    assert response.redirect_chain[-1][0] == reverse("members:imports", args=[community.slug])


def test_each_step_leads_to_where_the_file_is(client, community, builder):
    imported = uploaded(community, builder, "name\nMaya\n")
    assert client.get(url_of("import_show", community, imported)).url.endswith("/columns/")
    assert client.get(url_of("import_check", community, imported)).url.endswith("/columns/")
    columns(client, community, imported)
    assert client.get(url_of("import_show", community, imported)).url.endswith("/check/")
    client.post(url_of("import_confirm", community, imported))
    assert client.get(url_of("import_check", community, imported)).url == url_of("import_show", community, imported)


def test_a_file_older_than_a_day_is_gone_and_the_page_says_so(client, community, builder):
    imported = checked(community, builder, "name\nMaya\n")
    MemberImport.objects.update(content=None)
    for name in ("import_columns", "import_check", "import_rejected"):
        assert "no longer here" in words(client.get(url_of(name, community, imported), follow=True))


def test_an_interrupted_import_can_be_tried_again(client, community, builder):
    imported = checked(community, builder, many_rows(600))
    uploads.confirm(imported, by=imported.by, now=imported.created_at)
    MemberImport.objects.update(state="failed")
    assert "interrupted" in words(client.get(url_of("import_show", community, imported)))
    client.post(url_of("import_confirm", community, imported))
    imported.refresh_from_db()
    assert imported.state == "confirmed"
    assert uploads.work(now=imported.created_at + timedelta(minutes=1)) == 1


def test_the_sample_is_understood(client, community, builder):
    sample = client.get(reverse("members:import_sample", args=[community.slug]))
    assert sample.headers["Content-Type"].startswith("text/csv")
    bring(client, community, sample.content)
    imported = MemberImport.objects.get()
    columns(client, community, imported)
    imported.refresh_from_db()
    assert (imported.summary["new"], imported.summary["rejected"]) == (1, 0)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "\u202egro.elpmaxe", "=cmd()", "🌻"])
def test_names_of_a_file_are_shown_as_text(client, community, builder, name):
    imported = checked(community, builder, f"name,{name}\n{name},x\n")
    for view in ("import_columns", "import_check"):
        response = client.get(url_of(view, community, imported))
        assert response.status_code == 200
        assert b"<script>alert" not in response.content


def test_no_page_is_kept_by_caches(client, community, builder):
    imported = checked(community, builder, "name\nMaya\nNobody <b>\n")
    for url in (reverse("members:imports", args=[community.slug]), url_of("import_rejected", community, imported)):
        assert "no-store" in client.get(url).headers["Cache-Control"]


# --- strangers


def _doors(community, imported):
    yield "get", reverse("members:imports", args=[community.slug])
    yield "get", reverse("members:import_sample", args=[community.slug])
    yield "get", reverse("members:export", args=[community.slug])
    yield "post", reverse("members:export", args=[community.slug])
    for name in ("import_columns", "import_check", "import_show", "import_rejected"):
        yield "get", url_of(name, community, imported)
    for name in ("import_confirm", "import_discard"):
        yield "post", url_of(name, community, imported)


def test_a_greeter_may_not_import_or_export(client, community):
    imported = checked(community, a_builder(community), "name\nMaya\n")
    client.force_login(a_builder(community, role="greeter"), backend="django.contrib.auth.backends.ModelBackend")
    for method, url in _doors(community, imported):
        assert getattr(client, method)(url).status_code == 403
    assert not Member.objects.exists()


def test_a_stranger_finds_nothing(client, community, builder):
    there = a_community()
    imported = checked(there, a_builder(there), "name\nMaya\n")
    for method, url in _doors(there, imported):
        assert getattr(client, method)(url).status_code == 404
    for name in ("import_columns", "import_check", "import_show", "import_rejected"):
        assert client.get(url_of(name, community, imported)).status_code == 404
    for name in ("import_confirm", "import_discard"):
        assert client.post(url_of(name, community, imported)).status_code == 404
    assert not Member.objects.exists()


# --- taking members away


def test_an_export_is_chosen_downloaded_and_audited(client, community, builder):
    a_member(community, name="Maya Okafor")
    a_member(community, name="Tomás")
    a_member(a_community(), name="Stranger")
    url = reverse("members:export", args=[community.slug])
    assert "Everybody" in words(client.get(url))
    assert not AuditEntry.objects.exists()
    response = client.post(url)
    assert response.streaming
    text = response.getvalue().decode("utf-8-sig")
    assert text.count("\r\n") == 3
    assert "Stranger" not in text
    assert "notes" not in text
    assert f'filename="{community.slug}-' in response.headers["Content-Disposition"]
    assert response.headers["Cache-Control"] == "no-store, private"
    line = AuditEntry.objects.get(verb="members.exported")
    assert (line.count, line.actor_id) == (2, builder.pk)


def test_an_export_may_be_of_an_audience_or_of_the_filter_of_the_list(client, community, builder):
    a_member(community, name="Here", company="Bakery")
    a_member(community, name="Elsewhere")
    audience = Audience.objects.create(community=community, name="Bäcker", filter={"company": "bakery"})
    url = reverse("members:export", args=[community.slug])
    for response in (client.post(url, {"audience": audience.pk}), client.post(url + "?company=bakery")):
        text = response.getvalue().decode("utf-8-sig")
        assert "Here" in text
        assert "Elsewhere" not in text


def test_an_audience_of_another_community_cannot_be_exported(client, community, builder):
    audience = Audience.objects.create(community=a_community(), name="Theirs", filter={})
    assert client.post(reverse("members:export", args=[community.slug]), {"audience": audience.pk}).status_code == 422


def test_notes_are_exported_only_when_asked(client, community, builder):
    maya = a_member(community)
    maya.notes.create(community=community, text="Between us", is_restricted=True, created_at=maya.created_at)
    url = reverse("members:export", args=[community.slug])
    assert b"Between us" not in client.post(url).getvalue()
    assert b"Between us" in client.post(url, {"notes": "on"}).getvalue()
    assert "notes" in AuditEntry.objects.filter(verb="members.exported").latest("seq").fields


def test_a_french_reader_gets_semicolons(client, community, builder):
    builder.language = "fr"
    builder.save()
    a_member(community)
    assert b"name;preferred_name" in client.post(reverse("members:export", args=[community.slug])).getvalue()


def test_every_file_opens_in_the_spreadsheet_of_whoever_reads_it(client, community, builder):
    builder.language = "fr"
    builder.save()
    imported = checked(community, builder, "name,email\nPersonne,nulle part\n")
    uploads.confirm(imported, by=imported.by, now=imported.created_at)
    for url, begins in (
        (reverse("members:import_sample", args=[community.slug]), "name;preferred_name"),
        (url_of("import_rejected", community, imported), "error;name;email"),
    ):
        assert client.get(url).content.decode().startswith("\ufeff" + begins)
