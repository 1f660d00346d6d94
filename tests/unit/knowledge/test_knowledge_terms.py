"""The words of a text: alike however they are written, and never longer than their column."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudledger.knowledge.terms import BYTES, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Block Volumes were resized", ["block", "volume", "were", "resized"]),
        ("ORA-00942 on VM.Standard.E4.Flex", ["ora", "00942", "vm", "standard", "e4", "flex"]),
        ("policies, taxes, status, class, AWS", ["policy", "taxe", "status", "class", "aws"]),
        ("Überprüfung Größe", ["uberprufung", "grosse"]),
        ("\ufb01le \uff21\uff22\uff23", ["file", "abc"]),
        ("what is the", []),
        ("", []),
        ("monthly_cost_by_region", ["monthly", "cost", "region"]),
        ("\u6771\u4eac\u90fd v2", ["\u6771\u4eac", "\u4eac\u90fd", "v2"]),
        ("2\u6708", ["2", "\u6708"]),
    ],
)
def test_words(text: str, expected: list[str]):
    assert terms(text) == expected


def test_repeated_words_are_repeated_in_order():
    assert terms("cost of costs of cost") == ["cost", "cost", "cost"]
    assert terms("beta alpha beta") == ["beta", "alpha", "beta"]


def test_a_word_is_cut_to_its_column():
    assert terms("a" * 500) == ["a" * BYTES]
    (cut,) = terms("\u044f" * 500)
    assert cut == "\u044f" * (BYTES // 2)


@given(st.text())
def test_a_text_gives_the_same_terms_however_it_is_composed(text: str):
    composed, apart = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert terms(composed) == terms(apart)


@given(st.text())
def test_a_term_is_never_empty_and_fits_its_column(text: str):
    for term in terms(text):
        assert 0 < len(term.encode()) <= BYTES


@given(st.text(st.characters(max_codepoint=127)))
def test_case_does_not_matter(text: str):
    assert terms(text.upper()) == terms(text.lower())
