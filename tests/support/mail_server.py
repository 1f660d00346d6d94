"""A mail server on this machine, with or without TLS, that keeps what it is sent."""

from __future__ import annotations

import base64
import datetime as dt
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"


@dataclass
class MailServer:
    """What it was sent, and how it answers: by verb the answers still to give."""

    port: int = 0
    certificate: Path | None = None
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[list[str]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()

    @property
    def trust(self) -> ssl.SSLContext:
        """Trusts this server's certificate and no other."""
        return ssl.create_default_context(cafile=str(self.certificate))


@contextmanager
def mail_server(folder: Path, security: str = "none") -> Iterator[MailServer]:
    """Serves until the context ends; ``security`` is tls, starttls or none."""
    kept = MailServer()
    context = None
    if security != "none":
        kept.certificate = folder / "server.pem"
        kept.certificate.write_bytes(_certificate())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(kept.certificate)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            try:
                _Talk(self.request, kept, context, security).run()
            except (OSError, ssl.SSLError):
                return

    with socketserver.ThreadingTCPServer((HOST, 0), Handler) as server:
        server.daemon_threads = True
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield kept
        server.shutdown()
        thread.join()


class _Talk:
    """One connection. Source: RFC 5321, 3207 and 4954."""

    def __init__(self, sock, kept: MailServer, context, security: str) -> None:
        self.sock = context.wrap_socket(sock, server_side=True) if security == "tls" else sock
        self.kept, self.context, self.security = kept, context, security
        self.lines = self.sock.makefile("rb")
        self.to: list[str] = []

    def run(self) -> None:
        self.say("220 test")
        while line := self.lines.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            verb = verb.upper()
            if planned := self.kept.answers.get(verb):
                if (answer := planned.pop(0)) == "hang up":
                    self.sock.close()
                    return
                self.say(answer)
                continue
            if verb == "QUIT":
                self.say("221 bye")
                return
            self.answer(verb, rest)

    def answer(self, verb: str, rest: str) -> None:
        match verb:
            case "EHLO":
                starttls = ["250-STARTTLS"] if self.security == "starttls" else []
                self.say("250-test", *starttls, "250-AUTH PLAIN", "250 8BITMIME")
            case "STARTTLS":
                self.say("220 go on")
                self.sock = self.context.wrap_socket(self.sock, server_side=True)
                self.lines = self.sock.makefile("rb")
                self.security = "tls"
            case "AUTH":
                told = base64.b64decode(rest.split()[1]).decode()
                self.kept.logins.append(told)
                self.say("235 fine" if told.endswith("\0secret") else "535 who are you")
            case "MAIL":
                self.to = []
                self.say("250 ok")
            case "RCPT":
                address = rest.partition("<")[2].partition(">")[0]
                if address in self.kept.refused:
                    self.say("550 no such mailbox")
                else:
                    self.to.append(address)
                    self.say("250 ok")
            case "DATA":
                self.say("354 go on")
                content = b"".join(iter(self.lines.readline, b".\r\n"))
                mail = message_from_bytes(
                    content.replace(b"\r\n..", b"\r\n."), policy=policy.default
                )
                self.kept.mails.append(mail)
                self.kept.envelopes.append(self.to)
                self.say("250 kept")
            case _:
                self.say("250 ok")

    def say(self, *lines: str) -> None:
        self.sock.sendall("".join(f"{line}\r\n" for line in lines).encode())


def _certificate() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)
