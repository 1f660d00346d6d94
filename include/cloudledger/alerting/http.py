"""One POST, and what its answer means. No redirect is followed: what is sent is for one host."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from cloudledger.alerting.channel import SENT, Delivery, Outcome

AGAIN = (408, 425, 429)
TOLD_CHARACTERS = 300


def post(url: str, body: bytes, headers: Mapping[str, str], timeout: float) -> Delivery:
    """Send a body; how it ended.

    408, 425, 429, 5xx, a time-out and a lost connection are worth another try, any other answer
    but 2xx is not.

    :param timeout: seconds to connect, and between two bytes of the answer.
    """
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body, dict(headers))
        answer = connection.getresponse()
        said = answer.read(TOLD_CHARACTERS).decode(errors="replace").strip()
    except (OSError, http.client.HTTPException) as error:
        # The host only: a webhook's path may be its secret.
        what = f"{parts.hostname}: {type(error).__name__}: {error}"
        return Delivery(Outcome.UNAVAILABLE, what)
    finally:
        connection.close()
    if 200 <= answer.status < 300:
        return SENT
    told = f"{parts.hostname} answered {answer.status} {answer.reason}: {said}"
    if answer.status in AGAIN or answer.status >= 500:
        return Delivery(Outcome.UNAVAILABLE, told, _retry_after(answer.getheader("Retry-After")))
    return Delivery(Outcome.REFUSED, told)


def _retry_after(told: str | None) -> timedelta | None:
    """The header in seconds; its form as a date is left to the usual back-off."""
    return timedelta(seconds=int(told)) if told and told.isdigit() and len(told) < 9 else None
