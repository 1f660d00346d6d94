"""The models that the routes keep: loaded once, at most two, asked one at a time."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from local_knowledge import ENCODER, open_fake

from cloudledger.knowledge.embedding.encoder import ModelUnusable
from cloudledger.knowledge.release import Release
from cloudledger_airflow.views.encoders import Encoders
from tests.support.encoders import FakeEncoder


def release(name):
    return Release("0" * 32, 1, "live", name, "0" * 32, "fake", "float32", 32, 1, 1)


class Alone(FakeEncoder):
    """An encoder that fails when two threads are in it."""

    def question(self, text):
        assert not vars(self).get("held"), "two threads at a time"
        self.held = True
        threading.Event().wait(0.001)
        self.held = False
        return super().question(text)


def test_whoever_asks_while_it_is_loaded_waits_and_it_is_loaded_once():
    opened = []
    begun, go_on = threading.Event(), threading.Event()

    def load(release):
        opened.append(release.embedding_key)
        begun.set()
        assert go_on.wait(20)
        return open_fake(release)

    encoders = Encoders(load)
    with ThreadPoolExecutor(8) as threads:
        first = threads.submit(encoders.of, release("a"))
        assert begun.wait(20)
        others = [threads.submit(encoders.of, release("a")) for _ in range(7)]
        go_on.set()
        assert all(other.result(20) is first.result(20) for other in others)
    assert opened == ["a"]


def test_two_are_kept_and_the_one_asked_longest_ago_goes():
    opened = []

    def load(release):
        opened.append(release.embedding_key)
        return open_fake(release)

    encoders = Encoders(load)
    for name in "abacabb":
        encoders.of(release(name))
    assert opened == ["a", "b", "c", "b"]


def test_one_that_cannot_be_loaded_is_not_kept():
    answers = iter([ModelUnusable("gone"), open_fake(release("a"))])

    def load(_):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    encoders = Encoders(load)
    with pytest.raises(ModelUnusable, match="gone"):
        encoders.of(release("a"))
    assert encoders.of(release("a")).model == "fake"


def test_threads_ask_a_model_one_at_a_time_and_get_what_it_says():
    encoders = Encoders(lambda _: Alone())
    encoder = encoders.of(release("a"))
    questions = [f"question {number}" for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(encoder.question, questions))
    assert [each.tolist() for each in found] == [
        ENCODER.question(each).tolist() for each in questions
    ]
    assert encoder.count(questions) == ENCODER.count(questions)
    assert encoder.documents(questions).tolist() == ENCODER.documents(questions).tolist()
    assert (encoder.embedding_key, encoder.max_tokens) == (ENCODER.embedding_key, 64)
