"""The words of a ritual: variants per language, tried on real members, sent to oneself as a test."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from attentions import gallery as reading
from attentions import wording as language_of_words
from attentions.forms.rituals import PreviewForm, WordingForm
from attentions.kinds import Kind
from attentions.models import Ritual, Wording
from attentions.rehearsal import Rehearsal, Words, rehearse
from attentions.services import rehearsing
from attentions.services import rituals as service
from attentions.views.rituals import find
from care.lib import clock
from care.lib.htmx import render
from care.lib.languages import LANGUAGE_CHOICES
from members.access import TeamRequest, team

MOST_VARIANTS = 12


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def wording(request: TeamRequest, kind: str, language: str, variant: int) -> HttpResponse:
    """One variant: write it, see it, keep it."""
    desk = Desk(request, kind, language, variant)
    if request.method != "POST":
        return desk.page(desk.form(asdict(desk.start("own" in request.GET))))
    form = desk.form(request.POST)
    if not form.is_valid():
        return desk.page(form, status=422)
    ritual = service.ritual_for(request.community, kind)
    try:
        service.save_wording(ritual, by=request.user, language=language, variant=variant, **form.cleaned_data)
    except ValidationError as error:
        form.add_error(None, error)
        return desk.page(form, status=422)
    messages.success(request, _("Saved. Notes that are approved already keep the words they were approved with."))
    return redirect(desk.url())


@team("builder")
@require_POST
def preview(request: TeamRequest, kind: str, language: str, variant: int) -> HttpResponse:
    """The words as typed, filled in for a real member. Nothing is kept."""
    desk = Desk(request, kind, language, variant)
    form = desk.form(request.POST)
    form.is_valid()
    return desk.page(form, partial="preview")


@team("builder")
@require_POST
def send_test(request: TeamRequest, kind: str, language: str, variant: int) -> HttpResponse:
    """Mail the words as typed to the person who is signed in. Nothing is kept."""
    desk = Desk(request, kind, language, variant)
    form = desk.form(request.POST)
    if not form.is_valid():
        return desk.page(form, partial="tested", status=422)
    rehearsed = desk.rehearsal(form)
    assert rehearsed is not None  # noqa: S101  the form is valid
    rehearsing.send_test(
        rehearsed, ritual=desk.ritual, kind=desk.kind, language=language, to=request.user, now=clock.now()
    )
    messages.success(request, _("A test is on its way to %s.") % request.user.email)
    return desk.page(form, partial="tested")


@team("builder")
@require_POST
def add(request: TeamRequest, kind: str, language: str) -> HttpResponse:
    """Another variant, beginning with the words as typed, else as a copy of the latest one."""
    desk = Desk(request, kind, language, request.GET.get("variant"))
    form = desk.form(request.POST) if "subject" in request.POST else None
    if form is not None and not form.is_valid():
        return desk.page(form, status=422)
    ritual = service.ritual_for(request.community, kind)
    variants = list(ritual.wordings.filter(language=language).order_by("variant"))
    if len(variants) >= MOST_VARIANTS:
        messages.error(request, _("A dozen variants are enough: delete one first."))
        return redirect(desk.url(variants[-1].variant))
    last = variants[-1] if variants else reading.own_words(ritual, desk.kind, language, 0)
    words = Words(**form.cleaned_data) if form else Words(last.subject, last.body, last.belated)
    added = service.save_wording(ritual, by=request.user, language=language, variant=last.variant + 1, **asdict(words))
    messages.success(request, _("Here is another variant. Change it, so that the same person reads something new."))
    return redirect(desk.url(added.variant))


@team("builder")
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: TeamRequest, kind: str, language: str, variant: int) -> HttpResponse:
    """Remove a variant, after a question; the last one of a language stays."""
    desk = Desk(request, kind, language, variant)
    if request.method != "POST":
        return render(request, "attentions/wording_delete.html", {"row": desk.row, "back": desk.url()})
    try:
        service.delete_wording(desk.row.pk, ritual=desk.ritual, by=request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(desk.url())
    messages.success(request, _("The variant is deleted. Notes approved with it stay as they are."))
    left = desk.ritual.wordings.filter(language=language).order_by("variant").first()
    return redirect(desk.url(left.variant if left else 1))


class Desk:
    """One variant on the desk: the ritual, its kind, the language, the row (not saved yet for a new ritual).

    Without a variant it is the first that the language has. Raises Http404 for one that it does not have.
    """

    def __init__(self, request: TeamRequest, kind: str, language: str, variant: int | str | None) -> None:
        self.request = request
        self.kind: Kind[Any]
        self.ritual: Ritual
        self.kind, self.ritual = find(request, kind)
        self.language = language
        self.rows = reading.wordings(self.ritual, self.kind)
        of_language = [row for row in self.rows if row.language == language]
        found = [row for row in of_language if variant is None or str(variant) == str(row.variant)]
        if not found:
            raise Http404
        self.row: Wording = found[0]

    def start(self, is_own: bool) -> Words:
        """What the form begins with: the words that are kept, or again those of the kind."""
        row = reading.own_words(self.ritual, self.kind, self.language) if is_own else self.row
        return Words(row.subject, row.body, row.belated)

    def form(self, data: Any) -> WordingForm:
        return WordingForm(data, kind=self.kind)

    def url(self, variant: int | None = None, *, name: str = "wording", language: str = "") -> str:
        place = [self.request.community.slug, self.kind.key, language or self.language]
        return reverse(f"attentions:{name}", args=[*place, variant or self.row.variant])

    def rehearsal(self, form: WordingForm) -> Rehearsal | None:
        """The words of a form filled in; None while something in them is wrong."""
        if not form.is_valid():
            return None
        look = self.look()
        return rehearse(
            Words(**form.cleaned_data),
            ritual=self.ritual,
            kind=self.kind,
            language=self.language,
            now=clock.now(),
            **look,
        )

    def look(self) -> dict[str, Any]:
        """How the preview is looked at; a button may ask for the next person."""
        asked = PreviewForm(self.request.POST)
        asked.is_valid()
        person = asked.cleaned_data.get("person") or 0
        return {
            "person": person + ("next" in self.request.POST),
            "with_line": bool(asked.cleaned_data.get("with_line")),
            "is_late": bool(asked.cleaned_data.get("is_late")),
        }

    def page(self, form: WordingForm, *, partial: str = "", status: int = 200) -> HttpResponse:
        rehearsed = self.rehearsal(form)
        look = self.look() | ({"person": rehearsed.person} if rehearsed else {})
        context = {
            "kind": self.kind,
            "ritual": self.ritual,
            "row": self.row,
            "language": self.language,
            "form": form,
            "look": look,
            "here": self.url(),
            "rehearsal": rehearsed,
            "languages": [(code, name, self._first(code)) for code, name in LANGUAGE_CHOICES],
            "variants": [(row.variant, self.url(row.variant)) for row in self.rows if row.language == self.language],
            "placeholders": self._placeholders(),
            "slots": language_of_words.SLOTS.items(),
            "urls": {name: self.url(name=f"wording_{name}") for name in ("preview", "test", "delete")}
            | {"add": f"{self._url_to_add()}?variant={self.row.variant}", "save": self.url()},
            "is_own": "own" in self.request.GET,
        }
        return render(self.request, "attentions/wording.html", context, partial=partial or None, status=status)

    def _url_to_add(self) -> str:
        return reverse("attentions:wording_add", args=[self.request.community.slug, self.kind.key, self.language])

    def _first(self, language: str) -> str:
        """Where the tab of a language leads."""
        variants = [row.variant for row in self.rows if row.language == language]
        return self.url(min(variants), language=language)

    def _placeholders(self) -> list[tuple[str, Any]]:
        """What may be inserted, with its explanation; what a member may lack comes with room for a fallback."""
        optional = language_of_words.OPTIONAL | self.kind.optional
        known = {**self.kind.placeholders, **language_of_words.PLACEHOLDERS}
        return [(f"{name}|…" if name in optional else name, text) for name, text in known.items()]
