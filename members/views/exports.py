"""Taking the members away as a file."""

from itertools import chain

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from care.lib import clock, days
from care.lib.csvfile import MARK, sheet_delimiter
from care.lib.htmx import render
from members import audiences, exporting
from members.access import TeamRequest, team
from members.audiences import Filter, FilterError
from members.forms.imports import ExportForm


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def export(request: TeamRequest) -> HttpResponse | StreamingHttpResponse:
    """Choose whom, then the file. The filter of the member list may stand in the address."""
    told = _told(request)
    saved = [(str(audience.pk), audience.name) for audience in request.community.audiences.all()]
    everybody = audiences.describe(told, audiences.known_of(request.community)).capitalize()
    form = ExportForm(request.POST if request.method == "POST" else None, choices=[("", everybody), *saved])
    if form.is_valid():
        try:
            return _file(request, form, told)
        except FilterError as error:
            form.add_error("audience", _("This audience can no longer be read: %s") % error)
    return render(request, "members/export.html", {"form": form, "told": told}, status=422 if form.errors else 200)


def _file(request: TeamRequest, form: ExportForm, told: Filter) -> StreamingHttpResponse:
    now, with_notes = clock.now(), form.cleaned_data["notes"]
    name = request.community.slug
    if chosen := form.cleaned_data["audience"]:
        audience = request.community.audiences.get(pk=chosen)
        told, name = audiences.parse(audience.filter), f"{name}-{audience.name}"
    members = exporting.chosen(request.community, told, now=now)
    exporting.record_export(request.community, by=request.user, count=members.count(), with_notes=with_notes)
    filename = f"{name}-{days.local_day(now, request.community.time_zone).isoformat()}.csv"
    lines = exporting.export_lines(request.community, members, with_notes=with_notes, delimiter=sheet_delimiter())
    response = StreamingHttpResponse(chain([MARK], lines), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=filename)
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _told(request: TeamRequest) -> Filter:
    """The filter of the address; everybody when it cannot be read."""
    try:
        return audiences.from_query(request.GET)
    except FilterError:
        return Filter()
