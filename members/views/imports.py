"""The way of a file: brought, its columns explained, looked at, confirmed, taken in."""

from itertools import islice
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from care.lib import clock
from care.lib.csvfile import MARK, CsvRefused, Limits, csv_lines, sheet_delimiter
from care.lib.htmx import render
from members.access import TeamRequest, team
from members.forms.imports import ColumnsForm, UploadForm
from members.importing import kept, own, uploads
from members.importing.fields import EXPORTED, FIELDS
from members.importing.options import Options
from members.importing.pages import Looked, Progress, looked, past
from members.importing.rows import learn_order
from members.models import MemberImport

State = MemberImport.State
_SAMPLES, _ROWS_LOOKED_AT = 3, 20
_LIGHT = ("content", "errors")


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def imports(request: TeamRequest) -> HttpResponse:
    """Bring a file; what came in before."""
    given = (request.POST, request.FILES) if request.method == "POST" else ()
    form = UploadForm(*given, community=request.community)
    if form.is_valid():
        try:
            imported = _upload(request, form)
        except CsvRefused as error:
            form.add_error("file", str(error))
        else:
            return _to(request, "import_columns", imported.pk)
    context = {
        "form": form,
        "fields": [FIELDS[name] for name in EXPORTED],
        "own": own.columns(request.community.custom_fields.all()).values(),
        "past": past(request.community),
        "presets": request.community.import_presets.order_by("name"),
    }
    return render(request, "members/import.html", context, status=422 if form.errors else 200)


@team("builder")
@require_safe
def import_sample(request: TeamRequest) -> HttpResponse:
    """A file to begin with: the columns that are understood, and a row."""
    columns = [name for name in EXPORTED if name != "introduced_by"]
    rows = [columns, [str(FIELDS[name].example) for name in columns]]
    return _csv([MARK, *csv_lines(rows, delimiter=sheet_delimiter())], filename="members.csv")


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def import_columns(request: TeamRequest, imported: UUID) -> HttpResponse:
    """What the columns mean. On a post everything is looked at, and nothing is written."""
    row = get_object_or_404(request.community.imports, pk=imported)
    if row.state not in {State.UPLOADED, State.CHECKED}:
        return _to(request, "import_show", row.pk)
    try:
        form = _columns_form(request, row)
        if form.is_valid() and _understood(row, form):
            uploads.check(row, form.chosen(), now=clock.now())
            if name := form.cleaned_data["keep_as"]:
                kept.save_preset(request.community, name=name, columns=form.all_columns(), by=request.user)
            return _to(request, "import_check", row.pk)
    except uploads.FileGone:
        return _gone(request)
    context = {"import": row, "form": form}
    return render(request, "members/import_columns.html", context, status=422 if form.errors else 200)


@team("builder")
@require_safe
def import_check(request: TeamRequest, imported: UUID) -> HttpResponse:
    """What would become of each row."""
    row = get_object_or_404(request.community.imports, pk=imported)
    if row.state == State.UPLOADED:
        return _to(request, "import_columns", row.pk)
    if row.state != State.CHECKED:
        return _to(request, "import_show", row.pk)
    try:
        page: Looked = looked(row, show=request.GET.get("show", ""), at=request.GET.get("at", ""), now=clock.now())
    except uploads.FileGone:
        return _gone(request)
    return render(request, "members/import_check.html", {"import": row, "looked": page}, partial="rows")


@team("builder")
@require_POST
def import_confirm(request: TeamRequest, imported: UUID) -> HttpResponse:
    """Take the file in, or let a worker do it."""
    row = get_object_or_404(request.community.imports, pk=imported)
    try:
        is_first = uploads.confirm(row, by=request.user, now=clock.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return _to(request, "import_columns", row.pk)
    if not is_first:
        row.refresh_from_db(fields=["state"])
        if row.state == State.DISCARDED:
            return _gone(request)
        messages.info(request, _("This file is on its way in already."))
    return _to(request, "import_show", row.pk)


@team("builder")
@require_POST
def import_discard(request: TeamRequest, imported: UUID) -> HttpResponse:
    """Forget a file that was not confirmed."""
    row = get_object_or_404(request.community.imports.defer(*_LIGHT), pk=imported)
    if uploads.discard(row, now=clock.now()):
        messages.success(request, _("The file is thrown away. Nothing of it was taken in."))
        return _to(request, "imports")
    return _to(request, "import_show", row.pk)


@team("builder")
@require_safe
def import_show(request: TeamRequest, imported: UUID) -> HttpResponse:
    """How far it is, then what came in."""
    row = get_object_or_404(request.community.imports.defer("content"), pk=imported)
    if row.state == State.DISCARDED:
        return _gone(request)
    if row.state in {State.UPLOADED, State.CHECKED}:
        return _to(request, "import_columns" if row.state == State.UPLOADED else "import_check", row.pk)
    progress = Progress(row, now=clock.now())
    response = render(request, "members/import_show.html", {"import": row, "progress": progress}, partial="progress")
    if request.htmx and not progress.is_going_on:
        response.headers["HX-Refresh"] = "true"
    return response


@team("builder")
@require_safe
def import_rejected(request: TeamRequest, imported: UUID) -> HttpResponse:
    """The rows that were not taken in, with the reason, to be mended and brought again."""
    row = get_object_or_404(request.community.imports, pk=imported)
    if row.content is None or not row.errors:
        return _gone(request)
    content = bytes(row.content)
    if row.state != State.DONE:
        content = uploads.rejected_rows(uploads.file_of(row), row.errors) or b""
    return _csv([content], filename=_("rejected") + ".csv")


@team("builder")
@require_POST
def import_preset_delete(request: TeamRequest, preset: UUID) -> HttpResponse:
    """Forget what the columns of some file mean."""
    kept.delete_preset(get_object_or_404(request.community.import_presets, pk=preset), by=request.user)
    messages.success(request, _("Forgotten."))
    return _to(request, "imports")


def _upload(request: TeamRequest, form: UploadForm) -> MemberImport:
    """Keep the file of a valid form. Raises CsvRefused."""
    file = form.cleaned_data["file"]
    columns: dict[str, str] = {}
    platform = ""
    if preset := form.cleaned_data["preset"]:
        columns, platform = kept.columns_of(request.community, preset)
    Limits().check(file.size)
    return uploads.upload(
        request.community,
        by=request.user,
        filename=file.name,
        content=file.read(),
        columns=columns,
        platform=platform,
        now=clock.now(),
    )


def _columns_form(request: TeamRequest, row: MemberImport) -> ColumnsForm:
    """The form about the columns, with the first rows, and the question about dates if the file does not tell."""
    file, options = uploads.file_of(row), Options.from_json(row.options)
    first = [cells for _number, cells in islice(file.rows(), _SAMPLES)]
    samples = [
        [cells[at] for cells in first if at < len(cells) and cells[at].strip()] for at in range(len(file.header))
    ]
    given = request.POST if request.method == "POST" else None
    fields = list(request.community.custom_fields.all())
    form = ColumnsForm(given, header=file.header, samples=samples, options=options, fields=fields)
    order, _total = learn_order(file, options, own.named(fields))
    if order.needs_asking or options.date_order or options.leave_ambiguous:
        form.ask_order(order, insist=False)
    return form


def _understood(row: MemberImport, form: ColumnsForm) -> bool:
    """Whether all dates can be read, or a person has said what to do with those that cannot."""
    options = form.chosen()
    order, _total = learn_order(uploads.file_of(row), options, own.named(form.there))
    if order.needs_asking and not options.leave_ambiguous:
        form.ask_order(order, insist=True)
        return False
    return True


def _to(request: TeamRequest, name: str, *args: Any) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse(f"members:{name}", args=[request.community.slug, *args]), status=303)


def _gone(request: TeamRequest) -> HttpResponse:
    messages.warning(request, _("This file is no longer here: files are kept for a day. Please bring it again."))
    return _to(request, "imports")


def _csv(lines: Any, *, filename: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=filename)
    return HttpResponse(lines, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition})
