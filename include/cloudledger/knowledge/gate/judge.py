"""Whether a release finds well enough to be switched to: against its own exact search, against the
live release, and within a limit of time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cloudledger.knowledge.config import Gate
from cloudledger.knowledge.gate.asked import Answers, Searched, ask, ask_index, document_ids
from cloudledger.knowledge.gate.measures import CUT, mean, ndcg, percentile
from cloudledger.knowledge.gate.questions import Question
from cloudledger.knowledge.retrieval.search import Mode

_SIX = Decimal("0.000001")
_REASON_BYTES = 2000


@dataclass(frozen=True, slots=True)
class Measure:
    """A row of ``release_quality``: its name, its amount, and over how many questions."""

    name: str
    amount: Decimal
    questions: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of a release.

    :param reasons: why it is not switched to, with figures; empty when it passed.
    :param remarks: what does not stop it and should be seen to.
    """

    reasons: tuple[str, ...]
    remarks: tuple[str, ...]
    measures: tuple[Measure, ...]

    @property
    def passed(self) -> bool:
        """Whether the release may be switched to."""
        return not self.reasons

    @property
    def reason(self) -> str:
        """Every reason, as ``embedding_release.reason`` holds them."""
        return "; ".join(self.reasons).encode()[:_REASON_BYTES].decode(errors="ignore")


@dataclass(frozen=True, slots=True)
class _Kind:
    """One way of judging: how is asked, and which of the questions count.

    By meaning alone too, because words find what they found before however bad the vectors are;
    and those of people by themselves, because they are few beside the ones that are made.
    """

    prefix: str
    told: str
    mode: Mode
    counts: Callable[[Question], bool]


_KINDS = (
    _Kind("", "", "hybrid", lambda question: True),
    _Kind("meaning_", " by meaning alone", "meaning", lambda question: True),
    _Kind("judged_", " that people asked", "hybrid", lambda question: question.origin != "made"),
)


def judge(
    candidate: Searched,
    live: Searched | None,
    questions: Sequence[Question],
    limits: Gate,
    unknown: Sequence[str] = (),
) -> Verdict:
    """Ask every question of the candidate and of the live release, and compare.

    The two are compared by the documents that both have (Sakai, SIGIR 2007: condensed lists), so
    that a new document is no fault of the live release, and a removed one none of the candidate.

    :param live: None when there is no other release to be worse than.
    :param unknown: what the written questions name and nobody has, to be remarked.
    """
    release = candidate.release
    if not questions:
        reason = (
            f"no question can be made of the {release.documents} documents of the release "
            f"{release.number}: see which documents were set aside, and why"
        )
        return Verdict((reason,), tuple(unknown), ())
    modes = dict.fromkeys(kind.mode for kind in _KINDS)
    answers = {mode: ask(candidate, questions, mode) for mode in modes}
    index = ask_index(candidate, questions)
    measures = [
        *_of_itself(answers, questions),
        _measure("recall_at_10", index.recalls),
        _measure("top_1_cosine", index.nearest),
    ]
    if live:
        before = {mode: ask(live, questions, mode) for mode in modes}
        shared = document_ids(candidate) & document_ids(live)
        measures += _of_both(answers, before, shared, questions)
    return Verdict(_reasons(measures, limits), tuple(unknown), tuple(measures))


def _of_itself(answers: Mapping[Mode, Answers], questions: Sequence[Question]) -> Iterator[Measure]:
    for kind in _KINDS:
        gains = [
            ndcg(question.grades, found)
            for question, found in zip(questions, answers[kind.mode].found, strict=True)
            if kind.counts(question)
        ]
        if gains:
            yield _measure(f"{kind.prefix}ndcg_at_10", gains)
    taken = answers["hybrid"].milliseconds
    yield Measure("p50_ms", _rounded(percentile(taken, 0.5)), len(taken))
    yield Measure("p95_ms", _rounded(percentile(taken, 0.95)), len(taken))


def _of_both(
    answers: Mapping[Mode, Answers],
    before: Mapping[Mode, Answers],
    shared: set[str],
    questions: Sequence[Question],
) -> Iterator[Measure]:
    for kind in _KINDS:
        here, there = [], []
        asked = zip(questions, answers[kind.mode].found, before[kind.mode].found, strict=True)
        for question, found, found_before in asked:
            grades = {one: grade for one, grade in question.grades.items() if one in shared}
            if grades and kind.counts(question):
                here.append(ndcg(grades, [one for one in found if one in shared]))
                there.append(ndcg(grades, [one for one in found_before if one in shared]))
        if here:
            yield _measure(f"shared_{kind.prefix}ndcg_at_10", here)
            yield _measure(f"live_{kind.prefix}ndcg_at_10", there)
    kept = [
        len(set(top) & set(found[:CUT])) / len(top)
        for found, found_before in zip(answers["hybrid"].found, before["hybrid"].found, strict=True)
        if (top := found_before[:CUT])
    ]
    if kept:
        yield _measure("kept_of_live", kept)


def _reasons(measures: Sequence[Measure], limits: Gate) -> tuple[str, ...]:
    by_name = {measure.name: measure for measure in measures}
    reasons = []
    found = by_name["recall_at_10"]
    if found.amount < limits.recall:
        reasons.append(
            f"the index finds {_shown(found.amount)} of the ten nearest chunks over "
            f"{found.questions} questions, and {_shown(limits.recall)} is wanted: build it with "
            "more neighbors or a higher target accuracy"
        )
    for kind in _KINDS:
        here = by_name.get(f"shared_{kind.prefix}ndcg_at_10")
        there = by_name.get(f"live_{kind.prefix}ndcg_at_10")
        if here and there and there.amount - here.amount > limits.ndcg_loss:
            reasons.append(
                f"nDCG@10 is {_shown(here.amount)} over {here.questions} questions{kind.told}, and "
                f"{_shown(there.amount)} with the live release: at most "
                f"{_shown(limits.ndcg_loss)} may be lost"
            )
    slow = by_name["p95_ms"]
    if slow.amount > limits.p95_ms:
        reasons.append(
            f"one search in twenty takes {slow.amount:.0f} ms or longer, over {slow.questions} "
            f"questions, and {limits.p95_ms} ms is the limit: see that the index is used"
        )
    return tuple(reasons)


def _measure(name: str, amounts: Sequence[float]) -> Measure:
    return Measure(name, _rounded(mean(amounts)), len(amounts))


def _rounded(amount: float) -> Decimal:
    return Decimal(amount).quantize(_SIX)


def _shown(amount: Decimal) -> str:
    return f"{amount:.3f}"
