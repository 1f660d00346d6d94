"""What is written into a statement of a release's table."""

from __future__ import annotations

import pytest

from cloudledger.knowledge.statements import filled


def test_every_place_is_written():
    text = filled(
        "create_vector_table", "oracle", vector_table="knowledge_vector_0a1b", dimensions=384
    )
    assert "CREATE TABLE IF NOT EXISTS knowledge_vector_0a1b (" in text
    assert "embedding VECTOR(384, FLOAT32) NOT NULL" in text
    assert "CONSTRAINT knowledge_vector_0a1b_pk" in text
    assert "{" not in text


@pytest.mark.parametrize(
    "value", ["a b", "A", "t; DROP TABLE document", "", "a-b", "é", -1, True, "a\n"]
)
def test_nothing_but_a_name_or_a_number_is_written(value: str | int):
    with pytest.raises(ValueError, match="neither a lower_snake name nor a whole number"):
        filled("count_vectors", None, vector_table=value)


@pytest.mark.parametrize("parts", [{}, {"vector_table": "t", "dimensions": 1}])
def test_the_parts_are_those_that_it_has_places_for(parts: dict[str, str | int]):
    with pytest.raises(ValueError, match=r"has the places \['vector_table'\]"):
        filled("count_vectors", None, **parts)
