"""Notifications: topics, and the messages published to them.

Source: https://docs.oracle.com/iaas/api/#/en/notification/20181201/
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from localcloud.oci.body import body_of
from localcloud.oci.documents import Document, Documents
from localcloud.oci.errors import ApiError, missing
from localcloud.oci.paging import page_of
from localcloud.oci.state import State, instant
from oci.ons import models

BASE = "/20181201/topics"
AT_MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Message:
    """One published message."""

    id: str
    title: str | None
    body: str


class Notifications:
    """The tenancy's topics and everything published to them."""

    def __init__(self, state: State) -> None:
        self._state = state
        self.topics = Documents(state, "onstopic")

    def make_topic(self, name: str, compartment_id: str) -> str:
        """The OCID of the topic with this name, made if it is not there."""
        for topic in self.topics.all():
            if topic.body["name"] == name:
                return topic.id
        return self.topics.create(
            b"",
            lambda id_: {
                "name": name,
                "topicId": id_,
                "shortTopicId": id_[-8:],
                "compartmentId": compartment_id,
                "lifecycleState": "ACTIVE",
                "timeCreated": instant(self._state.clock()),
            },
        ).id

    def publish(self, topic_id: str, title: str | None, body: str) -> tuple[str, str]:
        """The message's id and when it was published.

        :raises ApiError: 404 for an unknown topic, 413 above 64 KB.
        """
        self.topics.get(topic_id)
        if len(body.encode()) + len((title or "").encode()) > AT_MOST_BYTES:
            raise ApiError(413, "PayloadTooLarge", "A message is at most 64 KB")
        id_, now = str(uuid.uuid4()), instant(self._state.clock())
        with self._state.write() as db:
            db.execute(
                "INSERT INTO message VALUES (?, ?, ?, ?, ?)", (id_, topic_id, title, body, now)
            )
        return id_, now

    def messages(self, topic_id: str) -> list[Message]:
        """In the order they were published."""
        return [
            Message(row["id"], row["title"], row["body"])
            for row in self._state.rows(
                "SELECT * FROM message WHERE topic_id = ? ORDER BY rowid", topic_id
            )
        ]


class NotificationRoutes:
    """The operations on ``/20181201/topics``."""

    def __init__(self, notifications: Notifications) -> None:
        self._notifications = notifications

    @property
    def routes(self) -> list[Route]:
        return [
            Route(BASE, self.list_topics, methods=["GET"]),
            Route(BASE + "/{topic_id}", self.get_topic, methods=["GET"]),
            Route(BASE + "/{topic_id}/messages", self.publish_message, methods=["POST"]),
        ]

    def list_topics(self, request: Request) -> Response:
        query = request.query_params
        if not query.get("compartmentId"):
            raise missing("compartmentId is required")
        found = [
            _told(topic, request)
            for topic in self._notifications.topics.all()
            if topic.body["compartmentId"] == query["compartmentId"]
            and query.get("id", topic.id) == topic.id
            and query.get("name", topic.body["name"]) == topic.body["name"]
        ]
        page = page_of(found, request, at_most=50)
        return JSONResponse(page.items, headers=page.headers)

    def get_topic(self, request: Request) -> Response:
        topic = self._notifications.topics.get(request.path_params["topic_id"])
        return JSONResponse(_told(topic, request), headers={"etag": topic.etag})

    def publish_message(self, request: Request) -> Response:
        details = body_of(request, models.MessageDetails)
        id_, at = self._notifications.publish(
            request.path_params["topic_id"], details.get("title"), details["body"]
        )
        return JSONResponse({"messageId": id_, "timeStamp": at}, 202)


def _told(topic: Document, request: Request) -> dict[str, Any]:
    endpoint = str(request.base_url).rstrip("/")
    return topic.body | {"etag": topic.etag, "apiEndpoint": endpoint}
