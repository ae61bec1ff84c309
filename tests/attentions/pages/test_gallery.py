"""The gallery of rituals."""

from attentions.kinds import kinds, unregister
from attentions.kinds.base import _registry
from attentions.services import rituals
from members import audiences
from members.services.audiences import save_audience
from tests.attentions.pages.conftest import NOW, on, page, planned, signed_in
from tests.factories import a_community, a_member


def test_it_shows_every_kind_that_care_knows(client, community):
    text = client.get(page("rituals", community)).content.decode()
    for kind in kinds():
        assert str(kind.title) in text


def test_a_new_builder_is_led_to_import_members_first(client, community):
    text = client.get(page("rituals", community)).content.decode()
    assert "Two steps to the first note" in text
    assert "A file from the platform you use is enough." in text


def test_with_members_it_leads_to_birthdays(client, community, maya):
    text = client.get(page("rituals", community)).content.decode()
    assert "We know the birthday of 1 member." in text
    assert page("ritual", community, "birthday") in text


def test_once_a_ritual_is_on_it_leads_nowhere_any_more(client, community):
    on(community)
    assert "Two steps" not in client.get(page("rituals", community)).content.decode()


def test_a_card_says_for_whom_how_and_how_many(client, community, maya, ana):
    audience = save_audience(community, name="Speakers", filter=audiences.parse({}), by=ana)
    on(community, audience=audience, hour=18)
    planned(community)
    text = " ".join(client.get(page("rituals", community)).content.decode().split())
    assert "Speakers" in text
    assert "at 18:00, their time" in text
    assert "1 planned for now and the next two weeks" in text


def test_a_ritual_that_has_just_been_trusted_says_until_when_it_asks(client, community, ana):
    ritual = rituals.ritual_for(community, "birthday")
    rituals.change_ritual(ritual, by=ana, now=NOW, approval="veto", veto_hours=12)
    rituals.switch_on(ritual, by=ana, now=NOW)
    text = client.get(page("rituals", community)).content.decode()
    assert "Asks you until Wednesday 3 March, 10:30, then sends by itself unless you object within 12 hours" in text


def test_a_kind_whose_file_was_removed_is_shown_as_such_and_can_be_switched_off(client, community, maya):
    ritual = on(community)
    kind = _registry["birthday"]
    try:
        unregister("birthday")
        text = client.get(page("rituals", community)).content.decode()
        assert "Its file is gone" in text
        assert client.get(page("ritual", community, "birthday")).status_code == 404
        assert client.post(page("ritual_off", community, "birthday")).status_code == 302
    finally:
        _registry["birthday"] = kind
    ritual.refresh_from_db()
    assert not ritual.is_on


def test_a_greeter_may_look_but_finds_nothing_to_change(community, greeter, maya):
    text = signed_in(greeter).get(page("rituals", community)).content.decode()
    assert "Birthday" in text
    assert page("ritual", community, "birthday") not in text


def test_it_asks_the_database_as_often_with_many_members(client, community, maya, django_assert_max_num_queries):
    on(community)
    for _number in range(30):
        a_member(community, birth_month=3, birth_day=2)
    planned(community)
    client.get(page("rituals", community))
    with django_assert_max_num_queries(14):
        client.get(page("rituals", community))


def test_another_communitys_rituals_do_not_exist(client):
    assert client.get(page("rituals", a_community())).status_code == 404
