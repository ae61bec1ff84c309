"""Every page of the team in Chromium: axe finds nothing, on a desk by day and on a phone by night."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from attentions.models import Attention
from attentions.services import approval, rituals
from attentions.services.work import plan_everybody
from members.models import Audience, Note
from outbox.models import Message
from tests.browser.conftest import LOOKS, in_days, looks, today
from tests.factories import a_member

PAGES = [
    "members:list",
    "members:add",
    "members:detail",
    "members:edit",
    "members:hold",
    "members:status",
    "members:audiences",
    "members:audience_edit",
    "members:custom_fields",
    "members:imports",
    "members:team",
    "members:settings",
    "attentions:rituals",
    "attentions:ritual",
    "attentions:wording",
    "attentions:list",
    "attentions:detail",
    "attentions:batch",
    "attentions:plan_by_hand",
    "outbox:messages",
    "outbox:message",
    "outbox:sending",
]


@pytest.fixture
def world(community, builder):
    """A community in the middle of its day: what each page needs to have something on it."""
    now, day = datetime.now(UTC), today()
    ritual = rituals.ritual_for(community, "birthday")
    rituals.switch_on(ritual, by=builder, now=now, effective_from=in_days(-2))
    names = ["Maya Okafor", "田中 由紀", "محمد الفاسي", "Aleksandra-Wilhelmina Featherstonehaugh-Cholmondeley"]
    born = {"birth_month": day.month, "birth_day": day.day}
    members = [a_member(community, name=name, company="Clay & Fire", **born) for name in names]
    Note.objects.create(community=community, member=members[0], author=builder, text="Loves glazes.", created_at=now)
    audience = Audience.objects.create(community=community, name="Speakers", filter={})
    plan_everybody(now=now, community=community)
    first, second, *_rest = Attention.objects.order_by("pk")
    approval.approve([first], community=community, by=builder, now=now)
    return {
        "member": members[0].pk,
        "audience": audience.pk,
        "kind": "birthday",
        "language": "en",
        "variant": 1,
        "attention": second.pk,
        "message": Message.objects.get().pk,
    }


def address(name: str, world: dict) -> str:
    """The path of a page: each argument of its route from the world."""
    from django.urls import get_resolver

    namespace, _colon, view = name.partition(":")
    patterns = get_resolver().namespace_dict[namespace][1].reverse_dict.getlist(view)
    arguments = patterns[0][0][0][1]
    return reverse(name, kwargs={key: {"community": "potters", **world}[key] for key in arguments})


@pytest.mark.once
def test_axe_finds_nothing(page, site, sign_in, builder, world, assert_accessible, subtests):
    sign_in(builder)
    for name in PAGES:
        with subtests.test(name):
            for _look in looks(page, site + address(name, world), (LOOKS[0], LOOKS[-1])):
                assert_accessible(page)


@pytest.mark.once
def test_on_paper_stands_what_is_to_be_read(page, site, sign_in, builder, world):
    sign_in(builder)
    page.emulate_media(media="print")
    read = {
        "care:today": "Happy birthday",
        "members:list": "Clay & Fire",
        "members:detail": "Loves glazes.",
        "attentions:ritual": "Who says yes",
        "attentions:batch": "has a birthday",
    }
    for name, words in read.items():
        page.goto(site + address(name, world))
        assert words in page.locator("main").inner_text()
        if name in ("attentions:ritual", "attentions:batch"):
            continue  # a setting is to be read, and so is what is picked
        tools = page.locator("main :is(button, input, select, textarea):visible").all()
        assert [tool.evaluate("node => node.outerHTML") for tool in tools] == []
