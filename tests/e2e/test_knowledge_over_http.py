"""A program takes a token from Airflow's own API server and asks the knowledge base."""

from __future__ import annotations

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

pytestmark = pytest.mark.timeout(300)


def post(
    site: Any, path: str, body: object, token: str = "", kind: str = "application/json"
) -> tuple[int, Any]:
    """The answer's status and what it says."""
    headers = {"Content-Type": kind} | ({"Authorization": f"Bearer {token}"} if token else {})
    asked = Request(f"{site.address}/{path}", json.dumps(body).encode(), headers)
    try:
        with urlopen(asked, timeout=60) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        return error.code, json.load(error)


def test_a_program_asks_by_token(site: Any) -> None:
    login = {"username": site.user, "password": site.password}
    status, given = post(site, "auth/token", login)
    assert status == 201
    token = given["access_token"]
    asked = {"question": "who replays the queue", "k": 3, "mode": "words"}

    assert post(site, "cloudledger/similar", asked)[0] == 401
    assert post(site, "cloudledger/similar", asked, "forged")[0] == 403
    assert post(site, "cloudledger/similar", asked, token, "text/plain")[0] == 415

    status, found = post(site, "cloudledger/similar", asked, token)
    assert (status, found["release"]["number"]) == (200, 2)
    best = found["results"][0]
    assert best["title_path"] == "Restart the billing service > Steps"

    status, refused = post(site, "cloudledger/similar", asked | {"mode": "hybrid"}, token)
    assert status == 503
    assert refused["detail"].startswith("fake")

    told = {"question": asked["question"], "helpful": True}
    told |= {name: best[name] for name in ("release_id", "chunk_id")}
    status, kept = post(site, "cloudledger/feedback", told, token)
    assert (status, len(kept["feedback_id"])) == (200, 32)
