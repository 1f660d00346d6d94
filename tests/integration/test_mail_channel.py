"""Mails reach a real server over SMTP, and its refusals are told from its moods."""

from __future__ import annotations

import pytest

from cloudledger.alerting.channel import SENT, ChannelUnusable, Delivery, Outcome
from cloudledger.alerting.mail import Mailbox
from tests.support.alerts import AT, alert, many, outgoing
from tests.support.mail_server import HOST, MailServer, mail_server

TO = ("ada@example.com", "bob@example.com")


def mailbox(server: MailServer, security: str = "none", **other) -> Mailbox:
    trust = server.trust if server.certificate else None
    given = {"timeout": 2.0, "context": trust} | other
    return Mailbox(HOST, server.port, security, "finops@example.com", TO, **given)


@pytest.fixture
def server(tmp_path):
    with mail_server(tmp_path) as running:
        yield running


def test_a_mail_has_text_and_page_and_ids_that_last(server: MailServer) -> None:
    message = outgoing(alert(subject="shop <b>\nprod", text="91 % & more"))
    assert mailbox(server).send([message], AT) == [SENT]
    (mail,) = server.mails
    assert mail["Subject"] == "[high] shop <b> prod"
    assert mail["Message-ID"] == f"<{message.notification_id}@example.com>"
    assert mail["References"] == f"<{message.correlation_id}@example.com>"
    assert mail["To"] == ", ".join(TO)
    assert server.envelopes == [list(TO)]
    assert "91 % & more" in mail.get_body(("plain",)).get_content()
    assert "91 % &amp; more" in mail.get_body(("html",)).get_content()


def test_many_go_over_one_connection(server: MailServer) -> None:
    messages = [outgoing(alert(str(number))) for number in range(5)]
    assert mailbox(server).send(messages, AT) == [SENT] * 5
    assert len(server.mails) == 5


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_what_is_sent_over_tls_is_checked_and_logged_in(tmp_path, security: str) -> None:
    with mail_server(tmp_path, security) as server:
        box = mailbox(server, security, user="ada", password="secret")
        assert box.send([outgoing(alert())], AT) == [SENT]
        assert server.logins == ["\0ada\0secret"]
        stranger = mailbox(server, security, context=None)
        (ended,) = stranger.send([outgoing(alert())], AT)
        assert ended.outcome is Outcome.UNAVAILABLE
        assert "CERTIFICATE_VERIFY_FAILED" in ended.told
        assert len(server.mails) == 1


def test_no_mail_leaves_this_machine_without_tls() -> None:
    with pytest.raises(ChannelUnusable, match="switched off"):
        Mailbox("mail.example.com", 25, "none", "finops@example.com", TO)


def test_a_wrong_password_is_refused_for_good(tmp_path) -> None:
    with mail_server(tmp_path, "tls") as server:
        box = mailbox(server, "tls", user="ada", password="guess")
        (ended,) = box.send([outgoing(alert())], AT)
    assert ended == Delivery(Outcome.REFUSED, "535 who are you")
    assert "guess" not in repr(box)


@pytest.mark.parametrize(
    ("verb", "answer", "outcome"),
    [
        ("MAIL", "451 come back later", Outcome.UNAVAILABLE),
        ("MAIL", "550 not you", Outcome.REFUSED),
        ("DATA", "452 no room", Outcome.UNAVAILABLE),
        ("DATA", "554 spam", Outcome.REFUSED),
        ("RCPT", "hang up", Outcome.UNAVAILABLE),
        ("EHLO", "hang up", Outcome.UNAVAILABLE),
    ],
)
def test_moods_are_told_from_refusals(
    server: MailServer, verb: str, answer: str, outcome: Outcome
) -> None:
    server.answers[verb] = [answer]
    (ended,) = mailbox(server).send([outgoing(alert())], AT)
    assert ended.outcome is outcome
    assert ended.told
    assert mailbox(server).send([outgoing(alert())], AT) == [SENT]


def test_of_several_the_refused_one_alone_is_refused(server: MailServer) -> None:
    server.answers["DATA"] = ["554 spam"]
    ended = mailbox(server).send([outgoing(alert("1")), outgoing(alert("2"))], AT)
    assert [one.outcome for one in ended] == [Outcome.REFUSED, Outcome.SENT]


def test_a_connection_that_breaks_leaves_what_was_taken_sent(server: MailServer) -> None:
    server.answers["MAIL"] = ["250 ok", "hang up"]
    ended = mailbox(server).send([outgoing(alert(str(number))) for number in range(3)], AT)
    assert [one.outcome for one in ended] == [
        Outcome.SENT,
        Outcome.UNAVAILABLE,
        Outcome.UNAVAILABLE,
    ]
    assert len(server.mails) == 1


def test_one_mailbox_that_is_gone_does_not_keep_it_from_the_others(server: MailServer) -> None:
    server.refused = frozenset({TO[0]})
    (ended,) = mailbox(server).send([outgoing(alert())], AT)
    assert ended == Delivery(Outcome.SENT, f"not to {TO[0]} 550")
    server.refused = frozenset(TO)
    (ended,) = mailbox(server).send([outgoing(alert())], AT)
    assert ended.outcome is Outcome.REFUSED


def test_a_server_that_is_not_there_may_come_back(tmp_path) -> None:
    with mail_server(tmp_path) as server:
        box = mailbox(server)
    (ended,) = box.send([outgoing(alert())], AT)
    assert ended.outcome is Outcome.UNAVAILABLE


def test_a_large_incident_is_cut_with_a_note(server: MailServer) -> None:
    message = outgoing(*many(900, text="x" * 1900))
    assert mailbox(server).send([message], AT) == [SENT]
    (mail,) = server.mails
    for kind in ("plain", "html"):
        told = mail.get_body((kind,)).get_content()
        assert len(told.encode()) <= 520 * 1024
        assert "of 900 alerts are left out" in told
