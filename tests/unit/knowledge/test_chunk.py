"""Passages fit the model, lose nothing, and stay as they are where the document stays."""

from __future__ import annotations

import random
import re
import statistics
from collections.abc import Sequence
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.knowledge.document import Block, BlockKind
from cloudledger.knowledge.reading.chunk import Piece, chunks
from cloudledger.knowledge.reading.normalise import normalised_blocks

LIMIT = 64
WORDS = ("cost", "region", "policy", "contract", "budget", "team", "travel", "invoice", "month")


def count(texts: Sequence[str]) -> list[int]:
    """Words and marks are tokens, and the model puts two more around a text."""
    return [_count(text) for text in texts]


@lru_cache(100_000)
def _count(text: str) -> int:
    return len(re.findall(r"\w+|[^\w\s]", text)) + 2


def paragraph(text: str, locator: str = "") -> Block:
    return Block(BlockKind.PARAGRAPH, text, locator=locator)


def heading(text: str, level: int = 1) -> Block:
    return Block(BlockKind.HEADING, text, level=level)


def cut(
    *blocks: Block, title: str = "Handbook", limit: int = LIMIT, overlap: int = 0
) -> list[Piece]:
    return list(chunks(title, blocks, limit, overlap, count))


def some_text(rng: random.Random, words: int) -> str:
    sentences = []
    while words > 0:
        length = min(words, rng.randint(5, 20))
        some = [f"{rng.choice(WORDS)}{rng.randint(0, 99)}" for _ in range(length)]
        sentences.append(" ".join(some).capitalize() + ".")
        words -= length
    return " ".join(sentences)


def test_a_passage_stands_under_its_headings() -> None:
    pieces = cut(
        heading("Travel"),
        paragraph("Book early."),
        heading("Trains", 2),
        paragraph("Second class."),
        heading("Hotels", 2),
        paragraph("Three stars."),
        heading("Equipment"),
        paragraph("One laptop."),
    )

    assert [(piece.title_path, piece.body) for piece in pieces] == [
        ("Handbook > Travel", "Book early."),
        ("Handbook > Travel > Trains", "Second class."),
        ("Handbook > Travel > Hotels", "Three stars."),
        ("Handbook > Equipment", "One laptop."),
    ]
    assert pieces[0].tokens == count(["Handbook > Travel\nBook early."])[0]


def test_a_heading_that_is_the_title_is_not_said_twice() -> None:
    (piece,) = cut(heading("HANDBOOK"), paragraph("Be kind."))

    assert piece.title_path == "Handbook"


def test_a_heading_with_nothing_beneath_it_is_a_passage() -> None:
    pieces = cut(heading("A"), heading("B", 2), heading("C", 2), paragraph("Text."), heading("D"))

    assert [(piece.title_path, piece.body) for piece in pieces] == [
        ("Handbook > A", "B"),
        ("Handbook > A > C", "Text."),
        ("Handbook", "D"),
    ]


def test_a_long_title_path_keeps_the_innermost_heading_and_at_most_a_third_of_the_limit() -> None:
    levels = [heading(f"Chapter {n} of the long and winding rules", n) for n in range(1, 5)]

    pieces = cut(*levels, heading("Hotels", 5), paragraph("Three stars."))

    assert pieces[0].title_path == (
        "Handbook > … > Chapter 4 of the long and winding rules > Hotels"
    )
    assert all(count([piece.title_path])[0] - 2 <= LIMIT // 3 for piece in pieces)
    body = "\n".join(piece.body for piece in pieces)
    assert all(level.text in body for level in levels[:3])


def test_paragraphs_that_fit_together_are_one_passage() -> None:
    (piece,) = cut(paragraph("One.", "page 3"), paragraph("Two.", "page 4"))

    assert (piece.body, piece.locator) == ("One.\nTwo.", "pages 3-4")


def test_a_long_paragraph_is_torn_between_sentences() -> None:
    sentence = "The manager approves travel of more than four hundred euros, e.g. By plane."
    pieces = cut(paragraph(" ".join([sentence] * 12), "page 7"))

    assert len(pieces) > 2
    assert {piece.locator for piece in pieces} == {"page 7"}
    for piece in pieces:
        assert piece.body.startswith("The manager")
        assert piece.body.endswith("By plane.")


def test_code_is_torn_between_lines_and_rows_between_cells() -> None:
    code = "\n".join(f"    run --job {n}" for n in range(30))
    row = " | ".join(f"Column {n}: some value {n}" for n in range(30))

    for kind, text, start in ((BlockKind.CODE, code, "    run"), (BlockKind.ROW, row, "Column")):
        pieces = cut(Block(kind, text))
        assert len(pieces) > 2
        assert all(piece.body.startswith(start) for piece in pieces)


def test_a_list_stays_together_before_it_joins_a_paragraph() -> None:
    items = [Block(BlockKind.LIST_ITEM, f"- item {n} of four words") for n in range(6)]

    pieces = cut(paragraph(some_text(random.Random(1), 30)), *items)

    assert [piece.body.count("- item") for piece in pieces] == [0, 6]


def test_a_word_longer_than_a_passage_is_torn_into_letters() -> None:
    pieces = list(chunks("", [paragraph("a" * 200)], 40, 0, lambda texts: [*map(len, texts)]))

    assert "".join(piece.body for piece in pieces) == "a" * 200
    assert max(piece.tokens for piece in pieces) <= 40


def test_the_next_passage_repeats_last_sentences_where_there_is_room() -> None:
    rng = random.Random(3)
    blocks = [paragraph(some_text(rng, 36)) for _ in range(40)]

    plain, lapping = cut(*blocks), cut(*blocks, overlap=16)

    assert len(plain) == len(lapping)
    repeated = 0
    for before, alone, piece in zip(plain, plain[1:], lapping[1:], strict=False):
        assert piece.body.endswith(alone.body)
        if overlap := piece.body.removesuffix(alone.body).strip():
            assert before.body.endswith(overlap)
            assert count([overlap])[0] - 2 <= 16
            repeated += 1
    assert repeated > 10


def test_sections_do_not_repeat_each_other() -> None:
    pieces = cut(heading("A"), paragraph("One."), heading("B"), paragraph("Two."), overlap=16)

    assert [piece.body for piece in pieces] == ["One.", "Two."]


def test_a_limit_without_room_for_text_is_refused() -> None:
    with pytest.raises(ValueError, match=r"set knowledge\.chunk_tokens to 18 or more"):
        cut(paragraph("One."), limit=17)


texts = st.text(st.sampled_from("ab ,.!?\n#é语😀") | st.characters(codec="utf-8"), max_size=300)
blocks_of_any_kind = st.lists(
    st.builds(Block, st.sampled_from(BlockKind), texts, st.integers(1, 6)), max_size=25
).map(lambda blocks: normalised_blocks(tuple(blocks)))


@settings(deadline=None)
@given(texts, blocks_of_any_kind, st.integers(18, 80), st.integers(0, 40))
def test_whatever_the_text(title: str, blocks: tuple[Block, ...], limit: int, overlap: int) -> None:
    pieces = chunks(title, blocks, limit, overlap, count)

    assert pieces == chunks(title, blocks, limit, overlap, count)
    for piece in pieces:
        text = f"{piece.title_path}\n{piece.body}" if piece.title_path else piece.body
        assert piece.body.strip()
        assert piece.tokens == count([text])[0] <= limit


plain_words = st.lists(
    st.sampled_from(["a", "bee.", "see!", "deed", "eve?", "fog:", "8.5"]), min_size=1, max_size=60
)


@settings(deadline=None)
@given(
    st.lists(st.builds(lambda words: paragraph(" ".join(words)), plain_words), max_size=20),
    st.integers(18, 80),
    st.integers(0, 40),
)
def test_every_word_stands_in_a_passage_in_order(
    blocks: list[Block], limit: int, overlap: int
) -> None:
    told = iter(
        [
            word
            for piece in cut(*blocks, limit=limit, overlap=overlap)
            for word in piece.body.split()
        ]
    )

    assert all(word in told for block in blocks for word in block.text.split())


def places_changed(before: Sequence[Piece], after: Sequence[Piece]) -> list[int]:
    known = {piece.body for piece in before}
    return [place for place, piece in enumerate(after) if piece.body not in known]


def edited(rng: random.Random, blocks: Sequence[Block], lengths: tuple[int, int]) -> list[Block]:
    place, new = rng.randrange(len(blocks)), paragraph(some_text(rng, rng.randint(*lengths)))
    kept = rng.choice((0, 1)), rng.choice((0, 1))
    return [*blocks[:place], *[new] * kept[0], *blocks[place + kept[1] :]]


@pytest.mark.parametrize("lengths", [(40, 140), (20, 60), (5, 30), (90, 110), (100, 400)])
def test_an_edit_in_a_long_document_without_headings_changes_few_neighbours(
    lengths: tuple[int, int],
) -> None:
    rng = random.Random(11)
    changes = []
    for _ in range(2):
        blocks = [paragraph(some_text(rng, rng.randint(*lengths))) for _ in range(150)]
        before = cut(*blocks, limit=256, overlap=32)
        assert statistics.mean(piece.tokens for piece in before) >= 0.7 * 256
        for _ in range(25):
            after = cut(*edited(rng, blocks, lengths), limit=256, overlap=32)
            places = places_changed(before, after)
            assert not places or places[-1] - places[0] <= 8
            changes.append(len(places))

    assert statistics.mean(changes) < 2.5
    assert sorted(changes)[int(0.97 * len(changes))] <= 4
    assert max(changes) <= 6


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32))
def test_an_edit_anywhere_leaves_the_rest_as_it_was(seed: int) -> None:
    rng = random.Random(seed)
    blocks = [paragraph(some_text(rng, rng.randint(5, 150))) for _ in range(120)]
    before = cut(*blocks, limit=256, overlap=32)

    after = cut(*edited(rng, blocks, (5, 150)), limit=256, overlap=32)

    places = places_changed(before, after)
    assert len(places) <= 7
    assert not places or places[-1] - places[0] <= 8
