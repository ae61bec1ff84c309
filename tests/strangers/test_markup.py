"""Words that want to be markup stay words: on every page and in every letter, as a real browser reads them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import SMTP
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from attentions import letters, wording
from attentions.models import Attention, Wording
from attentions.services import approval
from outbox import mime
from outbox.channels.maildir import MaildirChannel
from outbox.models import Message
from outbox.services import enqueue
from tests.browser.conftest import browser_type_launch_args  # noqa: F401
from tests.doors import Route
from tests.strangers.corpus import CORPUS
from tests.strangers.house import ROUTES, House, rightful, through
from tests.strangers.planting import NO_WORDS, Words, furnish_with_words, imports, plant, worded
from tests.strangers.refusals import AT_ONCE, forms_for_words, harmless

pytestmark = [pytest.mark.django_db, pytest.mark.browser, pytest.mark.once]
NOW = datetime.now(UTC)
READ = (Path(__file__).parent / "browser.js").read_text()
# The second is a wording that cannot be read, of which the pages about rituals complain.
PLAIN = ("plain words", "plain {words")
NOTHING: list[dict[str, int]] = [{}, {}]
STEP = 7  # from one rotation to the next; it has no divisor in common with 120


@contextmanager
def planted(house: House, words: Words) -> Iterator[tuple[dict[str, set[int]], list[Any]]]:
    """The house with these words everywhere; afterwards as it was."""
    with transaction.atomic():
        files = list(imports(house.here, words))
        yield plant(house.here, words), files
        transaction.set_rollback(True)


def pages_of(house: House, routes: list[Route], files: list[Any], *, by_htmx: bool) -> dict[str, str]:
    """The pages at these routes, as an owner reads them or whoever else they are for."""
    found = {}
    for route in routes:
        who, way = "owner" if route.policy.who == "team" else rightful(route), through(route, house.here)
        urls = [route.url(house.here)]
        if "imported" in route.keywords:
            urls += [route.url(house.here, imported=file.pk) for file in files]
        for number, url in enumerate(urls):
            answer = house.ask(who, "GET", url, through=way, htmx=by_htmx)
            assert answer.status_code != 500, url
            if answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html"):
                found[f"{route.name} {number}"] = answer.content.decode()
    return found


def more(found: dict[str, int], plain: dict[str, int]) -> str:
    """What is there beyond the plain case."""
    return ", ".join(f"{number} × <{key}>" for key, number in (Counter(found) - Counter(plain)).items())


@pytest.mark.proves(
    "S7",
    "Words that want to be markup, in every text field, on every page",
    goal="in Chromium no element, attribute or way of a link more than with plain words",
)
def test_words_stay_words_on_every_page(house, page, line):
    rotations = line.size("rotations of 120 strings", fast=1, long=120)
    furnish_with_words(house.here)
    # A single rotation has to hold words that cannot be missed, whichever field they come to.
    corpus = CORPUS if line.is_long else tuple(words for words in CORPUS if words.startswith("<img"))
    plain, wrong, shown, seen = {}, [], set(), 0
    for rotation in range(-len(PLAIN), rotations):
        words = Words(corpus, rotation * STEP) if rotation >= 0 else Words((PLAIN[rotation],), 0)
        for by_htmx in (False, True) if line.is_long else (False,):
            routes = [route for route in ROUTES if not plain or any(key.startswith(f"{route.name} ") for key in plain)]
            if rotation == -1:
                routes = [route for route in routes if route.name.startswith("attentions.")]
            # The clock stands still: an install at which nothing beats says so on each page after five minutes.
            with planted(house, words) as (fields, files), time_machine.travel(NOW, tick=False):
                pages = pages_of(house, routes, files, by_htmx=by_htmx)
            seen += len(pages)
            for name, found in zip(pages, page.evaluate(READ, list(pages.values())), strict=True):
                key = f"{name}{' by htmx' if by_htmx else ''}"
                if rotation < 0:
                    plain[key] = [
                        Counter(one) | Counter(known) for one, known in zip(found, plain.get(key, NOTHING), strict=True)
                    ]
                elif told := more(found[0], plain[key][0]) or more(found[1], plain[key][1]):
                    wrong.append(f"{rotation} {key}: {told}")
                shown |= {number for number in range(1, words.number + 1) if f"~{number:03x}" in pages[name]}
    unseen = {name for name, numbers in fields.items() if not numbers & shown}
    line.figures |= {"fields": len(fields), "of them shown": len(fields) - len(unseen), "pages read": seen}
    line.figures["with something more"] = len(wrong)
    assert not wrong, "\n".join(wrong)
    assert set(fields) == worded() - NO_WORDS, "a field without a row in tests/strangers/planting.py"


@pytest.mark.proves(
    "S7",
    "Words that want to be markup, in searches and in every form that is refused",
    goal="what shows again what was typed is, in Chromium, the same as with words that look alike and mean nothing",
)
def test_words_stay_words_where_they_are_shown_again(house, page, line):
    rotations = line.size("rotations of 120 strings, ten in each field", fast=1, long=12)
    # What was typed stands in a value or a text area, out of which a single rotation has to lead.
    corpus = CORPUS if line.is_long else tuple(words for words in CORPUS if words.startswith(('">', "</textarea>")))
    forms, wrong, compared, shown = forms_for_words(house), [], 0, set()
    ways = [(hidden, htmx) for hidden in (False, True) for htmx in (False, True)]
    for rotation in range(rotations):
        for form in forms:
            for hidden, htmx in ways if line.is_long else ways[:1]:
                if hidden and not form.hidden:
                    continue
                with time_machine.travel(NOW, tick=False):
                    meant, alike = (
                        form.send(house, Words(strings, rotation * AT_ONCE), hidden=hidden, htmx=htmx)
                        for strings in (corpus, harmless(corpus))
                    )
                name = f"{rotation} {form.who}: {form.method} {form.action}{' by htmx' if htmx else ''}"
                if meant.code != alike.code or meant.code >= 500 or meant.fields != alike.fields:
                    wrong.append(f"{name}: {meant.code} and {alike.code}, {meant.fields ^ alike.fields}")
                elif meant.fields:
                    compared += 1
                    shown |= {(form, field) for field in meant.fields}
                    found = page.evaluate(READ, [meant.page, alike.page])
                    told = [more(Counter(one), Counter(other)) for one, other in zip(*found, strict=True)]
                    wrong += [f"{name}: {each}" for each in told if each]
    line.figures |= {"forms": len(forms), "of them show what was typed": len({form for form, _field in shown})}
    line.figures |= {"fields shown again": len(shown), "pages compared": compared, "with something more": len(wrong)}
    assert not wrong, "\n".join(wrong)
    assert len({form for form, _field in shown}) > len(forms) / 2


BODY = "Dear {first_name}, {name}, {pronouns|x}, {company|x} in {country|x}: {community}, {sender}\n\n{personal_line}"


def an_attention(house: House) -> Attention:
    return Attention.objects.select_related("member", "community", "ritual").get(
        community=house.here.community, kind="birthday"
    )


def letter_with(attention: Attention, words: Words) -> Message:
    """The message of an attention whose words, and all facts they name, are such words."""
    member, community = attention.member, attention.community
    for name in ("name", "preferred_name", "pronouns", "company", "country"):
        setattr(member, name, words(60))
    community.name, community.sender_name = words(80), words(80)
    attention.personal_line = words(300)
    attention.due_on = NOW.date() - timedelta(2)  # late, so that it begins by saying so
    free = {"belated": words(200), "subject": words(100), "body": words(300)}
    refused = wording.check(**free)
    free = {name: f"x~{words.number:03x}" if name in refused else text for name, text in free.items()}
    row = Wording(**{**free, "body": f"{BODY}\n\n{free['body']}"}, variant=1, language="en")
    letter = letters.write(attention, now=NOW, wordings={(attention.ritual_id, "en"): [row]})
    draft = approval._draft(attention, letter, by=None, now=NOW, undo=timedelta(0))
    with transaction.atomic():
        message = enqueue(draft, now=NOW)
        transaction.set_rollback(True)
    return message


@pytest.mark.proves(
    "S7",
    "Words that want to be markup, in letters and in the mailbox",
    goal="the same headers and, in Chromium, no element, attribute or way of a link more than with plain words",
)
def test_words_stay_words_in_every_letter(house, page, line, settings, tmp_path):
    number = line.size("letters", fast=24, long=120)
    settings.TRYING_OUT, settings.EMAIL_URL = True, f"maildir://{tmp_path / 'mailbox'}"
    mailbox, plain, wrong, refused = MaildirChannel(tmp_path / "mailbox").mailbox(), [], [], 0
    for at in range(-1, number):
        words = Words(CORPUS if at >= 0 else ("plain words",), at * len(CORPUS) // number)
        try:
            built = mime.build(letter_with(an_attention(house), words), now=NOW)
        except mime.CannotBuild:
            refused += 1
            continue
        key = mailbox.add(built.content)
        letter = message_from_bytes(built.content, policy=SMTP)
        html = letter.get_body(("html",)).get_content()
        assert letter.get_body(("plain",)).get_content_type() == "text/plain"
        assert f"~{words.number:03x}" in html
        around = [Client().get(url).content.decode() for url in (f"/mailbox/{key}/", f"/mailbox/{key}/page/")]
        found = [Counter(letter.keys()), *chain(*page.evaluate(READ, [html, *around]))]
        plain = plain or found
        wrong += [f"{at}: {told}" for told in map(more, found, plain) if told]
    line.figures |= {"built": number - refused, "refused for a control character": refused}
    line.figures["with something more"] = len(wrong)
    assert not wrong, "\n".join(wrong)
    assert number - refused > number / 2
