"""Passages for a prompt: cited, within their budget, told once, put together where they touch."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.knowledge.document import hashed
from cloudledger.knowledge.retrieval.context import context
from cloudledger.knowledge.retrieval.search import Found
from tests.support.encoders import FakeEncoder

COUNT = FakeEncoder()


def _found(
    rank: int, document: str, place: int, body: str, path: str = "Guide", locator: str = ""
) -> Found:
    return Found(
        rank=rank,
        score=1 / rank,
        cosine=0.5,
        word_rank=None,
        chunk_id=f"{document}-{place}",
        release_id="r",
        document_id=document,
        uri=f"file:///{document}.md",
        source="s",
        title=document,
        title_path=path,
        locator=locator,
        body=body,
        place=place,
        text_hash=hashed(path, body),
        department=None,
        category=None,
        region=None,
        document_date=None,
    )


def test_passages_are_numbered_and_cited_the_best_first():
    made = context(
        [_found(1, "b", 1, "First.", locator="page 2"), _found(2, "a", 4, "Second.")], COUNT, 100
    )
    assert made.text == (
        "[1] Guide (page 2)\nfile:///b.md\nFirst.\n\n[2] Guide\nfile:///a.md\nSecond."
    )
    assert made.tokens == sum(COUNT.count([passage.text for passage in made.passages]))


def test_chunks_that_overlap_become_one_and_the_overlap_is_told_once():
    shared = "The gateway is asked twice a day."
    made = context(
        [
            _found(1, "a", 2, f"{shared} Then it rests.", locator="page 2"),
            _found(2, "b", 1, "Another."),
            _found(3, "a", 1, f"At first. {shared}", locator="page 1"),
        ],
        COUNT,
        100,
    )
    assert [passage.body for passage in made.passages] == [
        f"At first. {shared} Then it rests.",
        "Another.",
    ]
    assert made.passages[0].chunk_ids == ("a-1", "a-2")
    assert made.passages[0].locators == ("page 1", "page 2")


def test_chunks_of_two_headings_keep_the_second_heading():
    made = context(
        [_found(1, "a", 1, "One.", "Guide > Look"), _found(2, "a", 2, "Two.", "Guide > Mend")],
        COUNT,
        100,
    )
    assert made.passages[0].body == "One.\nMend\nTwo."
    assert made.passages[0].title_path == "Guide > Look"


def test_chunks_apart_stay_apart():
    made = context([_found(1, "a", 1, "One."), _found(2, "a", 3, "Three.")], COUNT, 100)
    assert [passage.body for passage in made.passages] == ["One.", "Three."]


def test_a_chunk_between_two_joins_them():
    chunks = [_found(1, "a", 1, "One."), _found(2, "a", 3, "Three."), _found(3, "a", 2, "Two.")]
    assert [passage.body for passage in context(chunks, COUNT, 100).passages] == [
        "One.\nTwo.\nThree."
    ]


def test_equal_texts_are_told_once():
    made = context([_found(1, "a", 1, "Same."), _found(2, "b", 1, "Same.")], COUNT, 100)
    assert [passage.uri for passage in made.passages] == ["file:///a.md"]


def test_what_does_not_fit_is_left_out_and_what_does_is_taken():
    long = " ".join(f"word{place}" for place in range(50))
    made = context(
        [_found(1, "a", 1, "Short."), _found(2, "b", 1, long), _found(3, "c", 1, "Also.")],
        COUNT,
        20,
    )
    assert [passage.title for passage in made.passages] == ["a", "c"]
    assert made.tokens <= 20


def test_nothing_found_or_nothing_that_fits_is_nothing():
    assert context([], COUNT, 100).text == ""
    assert context([_found(1, "a", 1, "word " * 50)], COUNT, 5).passages == ()
    with pytest.raises(ValueError, match="holds nothing"):
        context([], COUNT, 0)


def test_it_can_be_written_as_json():
    made = context([_found(1, "a", 1, "One.", locator="page 1")], COUNT, 100)
    row = json.loads(json.dumps(made.as_json()))
    assert row["text"] == made.text
    assert row["passages"][0]["uri"] == "file:///a.md"


BODIES = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta"]), min_size=1, max_size=9)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 6)), unique=True, max_size=12),
    st.data(),
    st.integers(1, 60),
)
def test_the_budget_holds_and_no_chunk_is_lost_or_told_twice(places, data, budget: int):
    found = [
        _found(rank, document, place, f"{document}{place} " + " ".join(data.draw(BODIES)))
        for rank, (document, place) in enumerate(places, start=1)
    ]
    made = context(found, COUNT, budget)
    assert made.tokens <= budget
    assert made.tokens == sum(COUNT.count([passage.text for passage in made.passages]))
    told = [one for passage in made.passages for one in passage.chunk_ids]
    assert len(told) == len(set(told))
    bodies = {one.chunk_id: one.body for one in found}
    for passage in made.passages:
        for one in passage.chunk_ids:
            assert bodies[one].split()[0] in passage.body
    best = [min(f.rank for f in found if f.chunk_id in p.chunk_ids) for p in made.passages]
    assert best == sorted(best)
