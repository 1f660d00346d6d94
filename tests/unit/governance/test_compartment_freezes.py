"""What is frozen by policy and by hand, what is lifted; and that what is protected stays free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cloudledger.governance.change import Change, Conflict, Document, Found
from cloudledger.governance.config import Governance
from cloudledger.governance.remediation.compartment import Compartment, kept_free
from cloudledger.governance.remediation.config import Remediation
from cloudledger.governance.remediation.freeze_guard import GuardedQuotas
from cloudledger.governance.remediation.freezes import (
    Emergency,
    Tenancy,
    plan_freezes,
    unfrozen,
)
from cloudledger.governance.remediation.quota import (
    PREFIX,
    limit_of,
    paths_of,
    quota_document,
    quota_name,
)
from cloudledger.governance.remediation.wishes import Occasion, Past

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)
SHOP, WEB, DATA = (f"ocid1.compartment.oc1..{one}" for one in ("shop", "web", "data"))
TARGET = quota_name(WEB)
FREEZE = {
    "name": "freeze",
    "kind": "quota_freeze",
    "scopes": ["dev"],
    "justification": "agreed for emergencies",
}
DEV = {"name": "dev", "account": "oci_main", "compartments": [WEB]}
TREE = {
    SHOP: Compartment("shop", {}, (), (WEB, DATA)),
    WEB: Compartment("shop:web", {}, (SHOP,), ()),
    DATA: Compartment("shop:data", {}, (SHOP,), ()),
}
SINCE = datetime(2026, 3, 1, tzinfo=UTC)
SPENT = Occasion(SINCE, "130 % of the budget all is spent")
LIMITS = ("zero compute-core quotas", "zero compute-memory quotas")


def settings(*policies: dict[str, Any], **other: Any) -> Remediation:
    told = {"enabled": True, "scopes": [DEV], "policies": list(policies or (FREEZE,))} | other
    return Remediation.model_validate(told)


def tagged(compartment_id: str, **tags: str) -> dict[str, Compartment]:
    return TREE | {compartment_id: replace(TREE[compartment_id], tags=tags)}


def frozen(description: str = "freeze: agreed for emergencies") -> Document:
    return quota_document(WEB, "shop:web", LIMITS, description)


def planned(
    asked: Remediation | None = None,
    emergency: Emergency | None = None,
    *,
    known: Mapping[str, Compartment] = TREE,
    there: Document | None = None,
    past: list[Past] | None = None,
) -> tuple[list[Change], list[str]]:
    quotas = {TARGET: Found(there, "etag")} if there else {}
    return plan_freezes(
        asked or settings(),
        {"dev": Tenancy(known, quotas)},
        {"freeze": emergency or Emergency({WEB: SPENT}, complete=True)},
        {TARGET: past or []},
        NOON,
    )


def test_one_quota_is_planned_with_the_reason_and_the_justification() -> None:
    ((change,), told) = planned()
    assert change == Change(
        "dev/quotas",
        TARGET,
        None,
        {
            "kind": "quota",
            "name": TARGET,
            "description": "freeze: agreed for emergencies",
            "statements": [
                "zero compute-core quotas in compartment shop:web",
                "zero compute-memory quotas in compartment shop:web",
            ],
        },
        None,
        (
            "freeze: let nothing new be made in shop:web: 130 % of the budget all is spent "
            "(agreed for emergencies)",
        ),
    )
    assert told == []
    assert TARGET.startswith(PREFIX)


def test_what_is_frozen_already_is_left_and_other_statements_are_changed() -> None:
    assert planned(there=frozen()) == ([], [])
    other = settings(FREEZE | {"statements": ["zero database quotas"]})
    ((change,), _) = planned(other, there=frozen())
    assert (change.before, change.version) == (frozen(), "etag")
    statements = ["zero database quotas in compartment shop:web"]
    assert change.after == {**frozen(), "statements": statements}


def test_a_freeze_is_planned_once_for_an_occasion() -> None:
    for who in ("freeze", "undo"):
        before = [Past(who, SINCE - timedelta(days=1), True, None)]
        assert len(planned(past=before)[0]) == 1
        since = [Past(who, SINCE + timedelta(days=1), False, None)]
        assert planned(past=since) == ([], [])
    by_hand = Emergency({WEB: SPENT}, by_hand="a person asks for it")
    assert len(planned(emergency=by_hand, past=since)[0]) == 1


def test_what_is_over_is_lifted_once_a_day_and_by_the_policy_that_froze_it() -> None:
    over = Emergency({}, complete=True)
    ((change,), told) = planned(emergency=over, there=frozen())
    assert (change.before, change.after, told) == (frozen(), None, [])
    assert "lift the freeze of shop:web" in change.reasons[0]
    today = [Past("freeze", NOON - timedelta(hours=1), False, None)]
    assert planned(emergency=over, there=frozen(), past=today) == ([], [])
    assert planned(emergency=Emergency({}), there=frozen()) == ([], []), "not known to be over"
    for said in ("other: agreed", "freeze: by hand: because I say so"):
        assert planned(emergency=over, there=frozen(said)) == ([], [])


def test_by_hand_the_persons_reason_stands_in_the_quota() -> None:
    by_hand = Emergency({WEB: SPENT}, by_hand="miners  run in there")
    ((change,), _) = planned(emergency=by_hand)
    assert change.after is not None
    assert change.after["description"] == "freeze: by hand: miners run in there"


@pytest.mark.parametrize("where", [SHOP, WEB])
@pytest.mark.parametrize("by_hand", ["", "a person asks for it"])
def test_what_is_protected_is_never_frozen(where: str, by_hand: str) -> None:
    emergency = Emergency({WEB: SPENT}, complete=True, by_hand=by_hand)
    changes, told = planned(emergency=emergency, known=tagged(where, environment="prod"))
    assert changes == []
    path = TREE[where].path
    assert told == [
        f"freeze: shop:web is not frozen: the tag environment=prod of {path} protects it"
    ]


def test_a_protected_one_below_keeps_those_above_it_free() -> None:
    asked = settings(FREEZE | {"children": True}, scopes=[DEV | {"compartments": [SHOP]}])
    emergency = Emergency({SHOP: SPENT}, complete=True)
    changes, told = planned(asked, emergency, known=tagged(DATA, **{"Ops.protected": "true"}))
    assert (changes, "of shop:data protects it" in told[0]) == ([], True)
    ((change,), _) = planned(asked, emergency)
    assert "in shop and in 2 compartments below it" in change.reasons[0]


def test_one_with_others_below_it_is_frozen_only_if_the_policy_says_so() -> None:
    asked = settings(scopes=[DEV | {"compartments": [SHOP]}])
    emergency = Emergency({SHOP: SPENT}, complete=True)
    changes, told = planned(asked, emergency)
    assert (changes, "2 compartments below it would be" in told[0]) == ([], True)
    asked = settings(scopes=[DEV | {"compartments": [SHOP, WEB, DATA]}])
    assert len(planned(asked, emergency)[0]) == 1


def test_what_is_not_seen_or_cannot_be_named_is_told() -> None:
    changes, told = planned(known={})
    assert (changes, "not to be seen" in told[0]) == ([], True)
    odd = TREE | {WEB: replace(TREE[WEB], path="shop:the web")}
    changes, told = planned(known=odd)
    assert (changes, "cannot be named" in told[0]) == ([], True)
    long = TREE | {WEB: replace(TREE[WEB], path=":".join(["x" * 100] * 30))}
    changes, told = planned(known=long)
    assert (changes, "longer than can be kept" in told[0]) == ([], True)


COMPARTMENTS = st.dictionaries(
    st.sampled_from([SHOP, WEB, DATA]),
    st.dictionaries(
        st.sampled_from(["environment", "Protected", "team", "Ops.environment"]),
        st.sampled_from(["prod", "PRODUCTION", "dev", "true", "false"]),
    ),
)


@given(
    COMPARTMENTS,
    st.sampled_from([[WEB], [SHOP], [SHOP, WEB, DATA]]),
    st.booleans(),
    st.sampled_from(["", "a person asks for it"]),
)
def test_no_freeze_reaches_what_is_protected(
    tags: dict[str, dict[str, str]], ours: list[str], children: bool, by_hand: str
) -> None:
    known = {id_: replace(one, tags=tags.get(id_, {})) for id_, one in TREE.items()}
    asked = settings(FREEZE | {"children": children}, scopes=[DEV | {"compartments": ours}])
    emergency = Emergency(dict.fromkeys(ours, SPENT), by_hand=by_hand)
    changes, told = planned(asked, emergency, known=known)
    by_name = {quota_name(one): one for one in known}
    for change in changes:
        reached = (by_name[change.target], *known[by_name[change.target]].below)
        assert all(asked.protects(known[one].tags) is None for one in reached)
    assert len(changes) + len(told) == len(ours)
    assert len(changes) == len(
        [one for one in ours if kept_free(asked, one, known) is None]
    ) or any("below it would be" in one for one in told)


class Account:
    """An account of quotas that takes everything."""

    def __init__(self) -> None:
        self.written: list[Change] = []

    def list(self) -> Mapping[str, Found]:
        return {TARGET: Found(frozen()), quota_name(DATA): Found(frozen())}

    def read(self, target: str) -> Found | None:
        return self.list().get(target)

    def write(self, change: Change) -> None:
        self.written.append(change)


def guarded(
    account: Account, asked: Remediation, known: Mapping[str, Compartment]
) -> GuardedQuotas:
    return GuardedQuotas(account, asked, asked.scope("dev"), lambda: known)


def test_what_is_of_no_compartment_of_the_scope_is_not_seen() -> None:
    account = guarded(Account(), settings(), TREE)
    assert account.list().keys() == {TARGET}
    assert account.read(quota_name(DATA)) is None
    with pytest.raises(Conflict, match="not of the scope"):
        account.write(Change("dev/quotas", quota_name(DATA), frozen(), None, None, ("undo: ",)))


@pytest.mark.parametrize(
    ("asked", "known", "told"),
    [
        (settings(), tagged(SHOP, protected="true"), "of shop protects it"),
        (settings(enabled=False), TREE, "turned off"),
        (settings(FREEZE | {"name": "other"}), TREE, "policy freeze is not one"),
        (settings(), TREE | {WEB: replace(TREE[WEB], path="web")}, "is web by now"),
        (settings(), {}, "not to be seen"),
    ],
)
def test_what_changed_since_it_was_approved_is_refused(
    asked: Remediation, known: Mapping[str, Compartment], told: str
) -> None:
    account = Account()
    ((change,), _) = planned()
    with pytest.raises(Conflict, match=told):
        guarded(account, asked, known).write(change)
    assert account.written == []
    guarded(account, settings(), TREE).write(change)
    assert account.written == [change]


def test_a_freeze_of_what_is_protected_by_now_can_be_lifted_and_not_be_put_back() -> None:
    account, known = Account(), tagged(WEB, protected="true")
    lift = Change("dev/quotas", TARGET, frozen(), None, "etag", ("undo: plan p is taken back",))
    guarded(account, settings(enabled=False), known).write(lift)
    assert account.written == [lift]
    back = replace(lift, before=None, after=frozen())
    with pytest.raises(Conflict, match="protects it"):
        guarded(account, settings(), known).write(back)


def test_a_freeze_is_taken_back_by_its_record_and_left_where_it_was_changed() -> None:
    made = Change("dev/quotas", TARGET, None, frozen())
    there = {TARGET: Found(frozen(), "etag")}
    (back,) = unfrozen("p1", [made], there, "it was a mistake")
    assert isinstance(back, Change)
    assert (back.before, back.after, back.version) == (frozen(), None, "etag")
    assert back.reasons == ("undo: plan p1 is taken back for shop:web: it was a mistake",)
    (again,) = unfrozen("p2", [replace(made, before=frozen(), after=None)], {})
    assert isinstance(again, Change)
    assert (again.before, again.after) == (None, frozen())
    for other in ({}, {TARGET: Found(frozen("other: it"))}):
        (told,) = unfrozen("p1", [made], other)
        assert told == "the freeze of shop:web was changed since: it is left alone"


@pytest.mark.parametrize(
    "text",
    [
        "zero compute-core quotas",
        "zero  resource-manager quota  stack-count",
        "set compute-core quota standard-e4-core-count to 4",
        "set database quota /*exadata*/ to 1",
        "unset compute-core quota standard-e4-core-count",
    ],
)
def test_a_limit_of_the_language_is_taken(text: str) -> None:
    assert limit_of(text) == " ".join(text.split())
    document = quota_document(WEB, "shop:web", [limit_of(text)], "why")
    assert paths_of(document) == ["shop:web"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"justification": "short"}, "at least 10"),
        ({"justification": None}, "justification"),
        ({"statements": ["zero compute-core"]}, "no quota statement"),
        ({"statements": ["zero compute-core quotas in tenancy"]}, "no quota statement"),
        ({"statements": ["zero compute-core quotas in compartment shop"]}, "no quota statement"),
        ({"statements": ["zero compute-core quotas to 4"]}, "no quota statement"),
        ({"statements": ["set compute-core quota standard-e4-core-count"]}, "no quota statement"),
        ({"statements": ["stop compute-core quotas"]}, "no quota statement"),
        ({"statements": ["unset compute-core quotas"]}, "limit nothing"),
        ({"statements": []}, "at least 1"),
        ({"budgets": ["all"]}, "budgets need percent"),
        ({"scopes": ["other"]}, "not in the allow-list"),
    ],
)
def test_what_a_policy_cannot_mean_is_told_when_it_is_read(
    changed: dict[str, Any], told: str
) -> None:
    policy = {key: value for key, value in (FREEZE | changed).items() if value is not None}
    with pytest.raises(ValidationError, match=told):
        settings(policy)


@pytest.mark.parametrize(
    ("scope", "policy", "told"),
    [
        (DEV | {"tags": {"team": "shop"}}, {}, "some of their instances"),
        ({"name": "dev", "account": "aws_main"}, {}, "is of AWS"),
        (DEV, {"budgets": ["none"], "percent": 120}, "no budget none"),
    ],
)
def test_what_does_not_fit_the_file_is_told(
    scope: dict[str, Any], policy: dict[str, Any], told: str
) -> None:
    accounts = [
        {"name": f"{kind}_main", "kind": kind, "conn_id": "c", "account_id": "a", "currency": "EUR"}
        for kind in ("oci", "aws")
    ]
    section = {"scopes": [scope], "policies": [FREEZE | policy]}
    with pytest.raises(ValidationError, match=told):
        Governance.model_validate({"accounts": accounts, "remediation": section})
