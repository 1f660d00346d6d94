"""Which series are the sum of which others: a provider is its services, and as well its regions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from cloudledger.focus.columns import SPLIT
from cloudledger.insights.dimensions import Kind, Series

PARTS: dict[Kind, tuple[tuple[Kind, tuple[str, ...]], ...]] = {
    Kind.TOTAL: ((Kind.PROVIDER, ()),),
    Kind.PROVIDER: (
        (Kind.SERVICE, ("provider_name",)),
        (Kind.SUB_ACCOUNT, ("provider_name",)),
        (Kind.REGION, ("provider_name",)),
    ),
    Kind.SERVICE: ((Kind.SERVICE_SUB_ACCOUNT, ("provider_name", "service_name")),),
    Kind.SUB_ACCOUNT: ((Kind.SERVICE_SUB_ACCOUNT, ("provider_name", "sub_account_id")),),
}
"""By kind of series the kinds it is made of, and what its parts have in common with it."""


def sums_of(series: Iterable[Series]) -> dict[Hashable, list[Sequence[Hashable]]]:
    """By series the ways it is split, each as the ids of its parts.

    What Kubernetes splits of others' cost is a sum of its own parts and part of no total.
    """
    by_kind: dict[Kind, list[Series]] = {}
    for one in series:
        by_kind.setdefault(one.kind, []).append(one)
    found: dict[Hashable, list[Sequence[Hashable]]] = {}
    for kind, ways in PARTS.items():
        for part_kind, shared in ways:
            parts: dict[tuple[str | None, ...], list[str]] = {}
            for part in by_kind.get(part_kind, ()):
                if kind is not Kind.TOTAL or part.values.get("provider_name") != SPLIT:
                    parts.setdefault(_key(part, shared), []).append(part.series_id)
            for whole in by_kind.get(kind, ()):
                if members := parts.get(_key(whole, shared)):
                    found.setdefault(whole.series_id, []).append(members)
    for whole in by_kind.get(Kind.TOTAL, ()):
        found.setdefault(whole.series_id, []).extend(_by_tag(whole, by_kind.get(Kind.TAG, ())))
    return found


def _key(one: Series, shared: Sequence[str]) -> tuple[str | None, ...]:
    return one.billing_currency, *(one.values.get(name) for name in shared)


def _by_tag(whole: Series, tags: Iterable[Series]) -> list[Sequence[Hashable]]:
    ways: dict[str, list[str]] = {}
    for one in tags:
        if one.billing_currency == whole.billing_currency:
            ways.setdefault(one.values["tag_key"], []).append(one.series_id)
    return [ways[key] for key in sorted(ways)]
