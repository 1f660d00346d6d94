"""What was found, as a text for a prompt: numbered passages, within so many tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from cloudledger.knowledge.embedding.encoder import Tokens
from cloudledger.knowledge.retrieval.search import Found

_FEWEST = 12
"""A shorter repetition at a seam is chance, not the overlap of two chunks."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A passage that an answer can point to as ``[number]``.

    :param locators: where a reader finds it in the document, such as ``page 12``.
    :param chunk_ids: the chunks it was put together from, in the document's order.
    """

    number: int
    title: str
    title_path: str
    uri: str
    locators: tuple[str, ...]
    chunk_ids: tuple[str, ...]
    body: str

    @property
    def text(self) -> str:
        """As it stands in the prompt."""
        place = f" ({', '.join(self.locators)})" if self.locators else ""
        return f"[{self.number}] {self.title_path or self.title}{place}\n{self.uri}\n{self.body}"


@dataclass(frozen=True, slots=True)
class Context:
    """The passages in the order of their numbers; ``tokens`` by the model that counted them."""

    passages: tuple[Cited, ...]
    tokens: int

    @property
    def text(self) -> str:
        """All of them, a blank line between two."""
        return "\n\n".join(passage.text for passage in self.passages)

    def as_json(self) -> dict[str, Any]:
        """The text and what its numbers stand for."""
        return {
            "text": self.text,
            "tokens": self.tokens,
            "passages": [asdict(passage) for passage in self.passages],
        }


def context(found: Sequence[Found], tokenizer: Tokens, budget: int) -> Context:
    """The best passages that fit, the best first; chunks that follow each other become one.

    A text that stands in several documents is told once. One that does not fit is left out, and a
    later one that does is taken.

    :param found: the best first, of one release.
    :param tokenizer: counts tokens; those of the prompt's own model may be some more or fewer.
    :param budget: the most tokens that the passages may have, by that count.
    :raises ValueError: the budget is less than 1.
    """
    if budget < 1:
        raise ValueError(f"a budget of {budget} tokens holds nothing: give at least some hundred")
    counted: dict[str, int] = {}
    chosen: list[Found] = []
    best = Context((), 0)
    texts: set[str] = set()
    for one in found:
        if one.text_hash in texts:
            continue
        passages = _passages([*chosen, one])
        tokens = _tokens(passages, tokenizer, counted)
        if tokens <= budget:
            texts.add(one.text_hash)
            chosen.append(one)
            best = Context(passages, tokens)
    return best


def _tokens(passages: Sequence[Cited], tokenizer: Tokens, counted: dict[str, int]) -> int:
    new = [text for passage in passages if (text := passage.text) not in counted]
    counted.update(zip(new, tokenizer.count(new), strict=True))
    return sum(counted[passage.text] for passage in passages)


def _passages(chosen: Sequence[Found]) -> tuple[Cited, ...]:
    """Chunks in a row put together; the passage with the best of them comes first."""
    runs: list[list[Found]] = []
    for one in sorted(chosen, key=lambda each: (each.document_id, each.place)):
        last = runs[-1][-1] if runs else None
        if last and last.document_id == one.document_id and last.place + 1 == one.place:
            runs[-1].append(one)
        else:
            runs.append([one])
    runs.sort(key=lambda run: min(each.rank for each in run))
    return tuple(_cited(number, run) for number, run in enumerate(runs, start=1))


def _cited(number: int, run: Sequence[Found]) -> Cited:
    first = run[0]
    body = first.body
    for before, after in pairwise(run):
        if before.title_path == after.title_path:
            body = _joined(body, after.body)
        else:
            body = f"{body}\n{after.title_path.rpartition(' > ')[2]}\n{after.body}"
    return Cited(
        number=number,
        title=first.title,
        title_path=first.title_path,
        uri=first.uri,
        locators=tuple(dict.fromkeys(each.locator for each in run if each.locator)),
        chunk_ids=tuple(each.chunk_id for each in run),
        body=body,
    )


def _joined(before: str, after: str) -> str:
    """Two texts of which the second may begin with the end of the first, that end once."""
    for length in range(min(len(before), len(after)), _FEWEST - 1, -1):
        if before.endswith(after[:length]):
            return before + after[length:]
    return f"{before}\n{after}"
