"""What a mail server does, and the state it leaves the message in, over real connections."""

import socket
from collections import Counter
from datetime import timedelta

import pytest
from billiard.exceptions import SoftTimeLimitExceeded

from outbox.banners import banners_of
from outbox.channels.smtp import SmtpConnection
from outbox.models import Attempt, ChannelHealth, Message
from outbox.sending import look
from outbox.services import deliver
from tests.factories import a_community, a_member
from tests.outbox.drafts import NOON, a_message, an_account_mail
from tests.outbox.mailserver import WrongPassword, a_certificate_nobody_trusts

pytestmark = pytest.mark.django_db


def test_nobody_listens(settings):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.EMAIL_URL = f"smtp://127.0.0.1:{taken.getsockname()[1]}"
        first, second = a_message(a_member(a_community())), a_message(a_member(a_community()))
        deliver(NOON)
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.state, first.ready_at) == ("queued", NOON + timedelta(minutes=5))
    assert (second.state, second.ready_at, second.attempts) == ("queued", NOON, 0), "it was not its turn to be tried"


def test_a_mail_server_that_does_not_answer_is_news_after_a_while_and_forgotten_when_it_does(settings, a_server):
    community = a_community()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        settings.EMAIL_URL = f"smtp://127.0.0.1:{taken.getsockname()[1]}"
        for minutes in (0, 5):
            a_message(a_member(community), due_at=NOON)
            deliver(NOON + timedelta(minutes=minutes))
    assert not look(community, now=NOON + timedelta(minutes=15)).unreachable
    state = look(community, now=NOON + timedelta(minutes=16))
    assert "Connection refused" in state.unreachable.error
    assert "The mail server does not answer." in [banner.title for banner in banners_of(state, place="")]
    a_server()
    deliver(NOON + timedelta(hours=1))
    assert not look(community, now=NOON + timedelta(hours=1)).unreachable


def test_an_unknown_address_is_not_written_to_again(a_server):
    member = a_member(a_community())
    a_server("RCPT 550 5.1.1 no such user")
    a_message(member)
    later = a_message(member, due_at=NOON + timedelta(days=1))
    deliver(NOON)
    member.refresh_from_db()
    assert member.reachable == "bounced"
    deliver(NOON + timedelta(minutes=1))
    later.refresh_from_db()
    assert (later.state, later.reason) == ("cancelled", "member_bounced")
    assert list(member.community.audit.values_list("verb", flat=True)) == ["member.bounced"]


def test_it_waits_longer_each_time_and_gives_up_after_the_fifth(a_server):
    a_server("RCPT 450 4.2.1 busy")
    message = a_message(a_member(a_community()))
    now, waits = NOON, []
    for _ in range(5):
        deliver(now)
        message.refresh_from_db()
        waits.append(message.ready_at - now)
        now = message.ready_at
    assert waits[:4] == [timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12)]
    assert (message.state, message.reason) == ("failed", "temporary")
    assert message.tries.count() == 5


def test_a_batch_goes_over_one_connection(a_server):
    server = a_server()
    community = a_community()
    for _ in range(45):
        a_message(a_member(community))
    assert deliver(NOON).sent == 45
    assert server.commands["EHLO"] == 1
    assert len(set(server.message_ids)) == 45


def test_it_connects_again_when_the_server_has_closed_the_connection(a_server):
    server = a_server("closes after one")
    community = a_community()
    for _ in range(3):
        a_message(a_member(community))
    assert deliver(NOON).sent == 3
    assert server.commands["EHLO"] == 2


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_wrong_password_pauses_the_channel_after_three_and_loses_nothing(a_server, settings):
    server = a_server(authenticator=WrongPassword(), auth_required=True, auth_require_tls=False)
    settings.EMAIL_URL = server.url.replace("smtp://", "smtp://ana:wrong@")
    messages = [a_message(a_member(a_community())) for _ in range(3)]
    assert deliver(NOON).held == 0
    assert deliver(NOON).held == 0
    assert {row.state for row in Message.objects.all()} == {"queued"}
    assert deliver(NOON).held == 3
    assert {(row.state, row.reason) for row in Message.objects.all()} == {("held", "configuration")}
    assert ChannelHealth.objects.get().paused_at == NOON
    assert server.commands["MAIL"] == 0
    before = server.commands["EHLO"]
    deliver(NOON + timedelta(minutes=1))
    assert server.commands["EHLO"] == before, "a paused channel does not knock again"
    assert Attempt.objects.filter(message=messages[0], phase="login").count() == 3


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_what_a_server_says_at_length_still_pauses_the_channel(a_server):
    a_server(f"MAIL 530 5.7.0 {'Please sign in. ' * 25}")
    a_message(a_member(a_community()))
    for _ in range(3):
        deliver(NOON)
    assert ChannelHealth.objects.get().paused_at == NOON


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
def test_a_password_that_smtp_cannot_carry_is_a_matter_of_set_up_and_not_told(a_server, settings):
    server = a_server(authenticator=WrongPassword(), auth_required=True, auth_require_tls=False)
    settings.EMAIL_URL = server.url.replace("smtp://", "smtp://ana:s%C3%A9same@")
    message = a_message(a_member(a_community()))
    deliver(NOON)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("queued", "configuration")
    assert "EMAIL_URL" in message.error
    assert "same" not in message.error


def test_a_run_that_is_cut_short_writes_down_what_it_knows_and_gives_back_the_rest(a_server, monkeypatch):
    server = a_server()
    for _ in range(3):
        a_message(a_member(a_community()))

    def announce(self, letter):
        if len(server.letters) == 2:
            raise SoftTimeLimitExceeded
        return announced(self, letter)

    announced = SmtpConnection.announce
    monkeypatch.setattr(SmtpConnection, "announce", announce)
    with pytest.raises(SoftTimeLimitExceeded):
        deliver(NOON)
    assert Counter(Message.objects.values_list("state", flat=True)) == {"sent": 2, "queued": 1}


def test_a_certificate_that_cannot_be_trusted_is_a_matter_of_set_up(a_server, settings, tmp_path):
    context = a_certificate_nobody_trusts(tmp_path)
    server = a_server(tls_context=context)
    settings.EMAIL_URL = server.url.replace("smtp://", "smtp+tls://")
    message = a_message(a_member(a_community()))
    deliver(NOON)
    message.refresh_from_db()
    assert (message.state, message.reason) == ("queued", "configuration")
    assert message.tries.get().phase == "tls"
    assert not server.letters


def test_a_server_without_tls_gets_neither_password_nor_letter(a_server, settings):
    server = a_server()
    settings.EMAIL_URL = server.url.replace("smtp://", "smtp+tls://ana:secret@")
    a_message(a_member(a_community()))
    deliver(NOON)
    assert Attempt.objects.get().outcome == "setup"
    assert not server.letters


def test_account_mail_whose_fate_is_unknown_is_sent_again(a_server):
    a_server("DOT hang")
    message = an_account_mail()
    deliver(NOON)
    message.refresh_from_db()
    assert (message.state, message.ready_at) == ("queued", NOON + timedelta(minutes=5))
    server = a_server()
    deliver(NOON + timedelta(minutes=5))
    message.refresh_from_db()
    assert message.state == "sent"
    assert server.message_ids == [message.message_id]


def test_one_success_forgets_earlier_failures(a_server):
    a_server("MAIL 530 5.7.0 sign in first")
    a_message(a_member(a_community()))
    deliver(NOON)
    assert ChannelHealth.objects.get().failures == 1
    a_server()
    deliver(NOON)
    assert ChannelHealth.objects.get().failures == 0
