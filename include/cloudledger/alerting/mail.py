"""Events by e-mail, over SMTP with TLS."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from cloudledger.alerting import render
from cloudledger.alerting.channel import SENT, ChannelUnusable, Delivery, Outcome
from cloudledger.alerting.outbox import Message

TIMEOUT_SECONDS = 20.0
MOST_BYTES = 512 * 1024
"""Of the text and of the page each: mail servers take several megabytes."""
LOOPBACK = ("127.0.0.1", "::1", "localhost")

Security = Literal["tls", "starttls", "none"]
PORTS: dict[Security, int] = {"tls": 465, "starttls": 587, "none": 25}
"""Source: RFC 8314, 7."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Sends each event as one mail to all addresses.

    The Message-ID follows from the notification's id, and the mails of an incident refer to one
    another, so that a mail program shows them as a thread.

    :param security: TLS from the start, TLS after STARTTLS, or none, which only this machine's own
        server is spoken to with.
    :param context: which certificates are trusted; the machine's if not given.
    """

    host: str
    port: int
    security: Security
    sender: str
    addresses: tuple[str, ...]
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = TIMEOUT_SECONDS
    context: ssl.SSLContext | None = None
    batch = 20
    most_at_once = None

    def __post_init__(self) -> None:
        if self.security == "none" and self.host not in LOOPBACK:
            raise ChannelUnusable(
                f"mail server {self.host}: both TLS and STARTTLS are switched off; only a server "
                "on this machine is spoken to without. Correct disable_ssl or disable_tls"
            )

    def send(self, messages: Sequence[Message], at: datetime) -> list[Delivery]:
        """All over one connection, which is made anew after it broke."""
        ended: list[Delivery] = []
        try:
            with self._connected() as server:
                for one in messages:
                    ended.append(self._send(server, one, at))
        except (OSError, smtplib.SMTPException) as error:
            # Those that were answered keep their answer, also when saying goodbye failed.
            broken = _told(error)
            ended += [broken] * (len(messages) - len(ended))
        return ended

    def _connected(self) -> smtplib.SMTP:
        context = self.context or ssl.create_default_context()
        if self.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            if self.security == "starttls":
                server.starttls(context=context)
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server

    def _send(self, server: smtplib.SMTP, message: Message, at: datetime) -> Delivery:
        try:
            refused = server.send_message(mail(message, self.sender, self.addresses, at))
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException as error:
            return _told(error)
        if refused:
            told = ", ".join(f"{address} {code}" for address, (code, _) in sorted(refused.items()))
            return Delivery(Outcome.SENT, f"not to {told}")
        return SENT


def mail(message: Message, sender: str, addresses: Sequence[str], at: datetime) -> EmailMessage:
    """An event as a mail of text and HTML."""
    event = message.event
    domain = Address(addr_spec=sender).domain
    mail = EmailMessage()
    mail["Subject"] = render.subject(event)
    mail["From"] = sender
    mail["To"] = ", ".join(addresses)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = f"<{message.notification_id}@{domain}>"
    mail["References"] = f"<{message.correlation_id}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(render.fitted(event, render.text, render.within(MOST_BYTES)))
    page = render.fitted(event, render.html, render.within(MOST_BYTES))
    mail.add_alternative(page, subtype="html")
    return mail


def _told(error: OSError | smtplib.SMTPException) -> Delivery:
    """5yz is refused for good, 4yz and a broken connection are worth another try.

    Source: RFC 5321, 4.2.1.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        told = ", ".join(f"{one}: {code}" for one, (code, _) in sorted(error.recipients.items()))
        final = all(code >= 500 for code in codes)
        return Delivery(Outcome.REFUSED if final else Outcome.UNAVAILABLE, f"refused: {told}")
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        told = said.decode(errors="replace") if isinstance(said, bytes) else said
        final = error.smtp_code >= 500
        return Delivery(
            Outcome.REFUSED if final else Outcome.UNAVAILABLE, f"{error.smtp_code} {told}"
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Delivery(Outcome.REFUSED, f"the mail server lacks what is asked for: {error}")
    return Delivery(Outcome.UNAVAILABLE, f"{type(error).__name__}: {error}")
