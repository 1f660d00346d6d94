"""Quotas that freeze compartments: made, changed, deleted; and when it goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import oci
import pytest

from cloudledger.clouds.oci.compartments import compartments
from cloudledger.governance.apply import State, apply
from cloudledger.governance.change import (
    Account,
    AccountError,
    AccountUnavailable,
    Change,
    Conflict,
    Document,
    NotAllowed,
    QuotaReached,
)
from localcloud.oci.definitions import required
from localcloud.oci.identity import TENANCY
from localcloud.oci.server import serve
from tests.support.local_oci import QUICK, sdk
from tests.support.quota_accounts import BODIES, LIMITS, Bench

OURS = {"managed-by": "cloudledger"}


@pytest.fixture
def bench(tmp_path: Any) -> Iterator[Bench]:
    with serve(tmp_path) as cloud:
        yield Bench(cloud)


def change_to(account: Account, target: str, after: Document | None) -> Change:
    """As a plan has it."""
    found = account.read(target)
    before, version = (found.document, found.version) if found else (None, None)
    return Change("dev/quotas", target, before, after, version)


def make(bench: Bench, after: Document | None) -> None:
    account = bench.account()
    account.write(change_to(account, bench.target, after))


def made(bench: Bench, change: Change, account: Account | None = None) -> tuple[State, str]:
    outcome = apply(account or bench.account(), change, lambda: None)
    return outcome.state, outcome.told


def test_a_quota_is_made_marked_changed_and_deleted(bench: Bench) -> None:
    account, wanted = bench.account(), bench.wanted()
    change = change_to(account, bench.target, wanted)
    account.write(change)
    statements = [f"{limit} in compartment shop:web" for limit in LIMITS]
    there = {bench.target: ("emergency: it costs too much", statements, OURS)}
    assert bench.state() == there
    assert {name: one.document for name, one in account.list().items()} == {bench.target: wanted}
    account.write(change)
    assert bench.state() == there, "the same change again makes nothing"
    make(bench, bench.wanted("set compute-core quota standard-e4-core-count to 4", why="less"))
    ((why, said, tags),) = bench.state().values()
    told = "set compute-core quota standard-e4-core-count to 4 in compartment shop:web"
    assert (why, said, tags) == ("less", [told], OURS)
    make(bench, None)
    assert bench.state() == {}
    make(bench, wanted)
    assert bench.state() == there, "made again within a token's day"


def test_what_is_not_ours_is_neither_seen_nor_touched(bench: Bench) -> None:
    theirs = bench.plant("theirs", team="shop")
    bench.plant("other", **OURS)
    there, account = bench.state(), bench.account()
    assert account.list() == {}
    assert account.read("theirs") is None
    assert account.read("other") is None, "marked, and not by a freeze's name"
    account.write(change_to(account, "theirs", None))
    bench.client.delete_quota(theirs)
    bench.plant(bench.target, team="shop")
    state, told = made(bench, change_to(account, bench.target, bench.wanted()))
    assert (state, "is there, and not ours" in told) == (State.FAILED, True)
    assert bench.state().keys() == {bench.target, "other"}
    assert bench.state()["other"] == there["other"]


@pytest.mark.parametrize("how", ["throttle", "fail"])
@pytest.mark.parametrize("operation", ["create", "update", "delete", "list", "read"])
def test_what_was_interrupted_is_finished_by_the_next_try(
    bench: Bench, how: str, operation: str
) -> None:
    account = bench.account()
    after: Document | None = bench.wanted()
    if operation != "create":
        make(bench, after)
        after = None if operation == "delete" else bench.wanted(why="another reason")
    change = change_to(account, bench.target, after)
    there = bench.state()
    bench.strike(how, operation, times=50)
    with pytest.raises(AccountUnavailable):
        apply(account, change, lambda: None)
    bench.cloud.faults.clear()
    assert bench.state() == there
    assert made(bench, change) == (State.VERIFIED, "")
    found = account.read(bench.target)
    assert (found.document if found else None) == after


def test_a_short_fault_is_not_even_noticed(bench: Bench) -> None:
    for operation in ("list", "create", "read"):
        bench.strike("throttle", operation)
        bench.strike("fail", operation)
    make(bench, bench.wanted())
    assert len(bench.state()) == 1


@pytest.mark.parametrize("operation", ["create", "update", "delete"])
def test_a_lost_answer_changes_nothing_twice(bench: Bench, operation: str) -> None:
    after: Document | None = bench.wanted()
    if operation != "create":
        make(bench, after)
        after = None if operation == "delete" else bench.wanted(why="another reason")
    change = change_to(bench.account(), bench.target, after)
    bench.strike("cut", operation)
    assert made(bench, change) == (State.VERIFIED, "")
    lost = bench.breaking(oci.exceptions.RequestException("cut"), lost=True)
    again = change_to(bench.account(), bench.target, bench.wanted(why="a third reason"))
    with pytest.raises(AccountUnavailable):
        apply(lost, again, lambda: None)
    assert made(bench, again) == (State.VERIFIED, "")
    assert len(bench.state()) == 1


def test_what_somebody_changed_or_deleted_since_is_left(bench: Bench) -> None:
    account = bench.account()
    make(bench, bench.wanted())
    changes = [
        change_to(account, bench.target, bench.wanted(why="another reason")),
        change_to(account, bench.target, None),
    ]
    bench.touch(bench.target)
    for change in changes:
        with pytest.raises(Conflict, match="lan again"):
            account.write(change)
    bench.meddle(bench.target)
    there = bench.state()
    for change in changes:
        state, told = made(bench, change)
        assert (state, "not as it was planned" in told) == (State.REFUSED, True)
    assert bench.state() == there
    bench.client.delete_quota(bench.id_of(bench.target))
    assert made(bench, changes[0])[0] is State.REFUSED
    assert made(bench, changes[1]) == (State.VERIFIED, "")
    assert bench.state() == {}


def test_one_that_lost_its_marker_is_left(bench: Bench) -> None:
    make(bench, bench.wanted())
    change = change_to(bench.account(), bench.target, None)
    details = oci.limits.models.UpdateQuotaDetails(freeform_tags={})
    bench.client.update_quota(bench.id_of(bench.target), details)
    made(bench, change)
    assert len(bench.state()) == 1


def test_one_that_somebody_made_meanwhile_is_a_conflict(bench: Bench) -> None:
    account = bench.account()
    change = change_to(account, bench.target, bench.wanted())
    make(bench, bench.wanted(why="somebody else's"))
    with pytest.raises(Conflict, match="lan again"):
        account.write(change)
    assert made(bench, change)[0] is State.REFUSED


def test_the_tenancys_limit_of_quotas_leaves_what_was_there(bench: Bench) -> None:
    bench.plant("theirs")
    bench.cloud.limits.quotas = 1
    change = change_to(bench.account(), bench.target, bench.wanted())
    with pytest.raises(QuotaReached):
        bench.account().write(change)
    assert made(bench, change)[0] is State.FAILED
    assert bench.state().keys() == {"theirs"}


def test_what_oci_does_not_take_fails_and_leaves_nothing(bench: Bench) -> None:
    bench.cloud.compartments.change(bench.web, name="renamed")
    state, told = made(bench, change_to(bench.account(), bench.target, bench.wanted()))
    assert (state, "no compartment shop:web" in told) == (State.FAILED, True)
    assert bench.state() == {}


def test_a_refused_credential_is_told_with_what_it_needs(bench: Bench) -> None:
    with pytest.raises(NotAllowed, match="to read quota in tenancy"):
        bench.account(stranger=True).list()


@pytest.mark.parametrize("operation", ["create", "update", "delete"])
def test_a_missing_right_is_named_and_changes_nothing(bench: Bench, operation: str) -> None:
    after: Document | None = bench.wanted()
    if operation != "create":
        make(bench, after)
        after = None if operation == "delete" else bench.wanted(why="another reason")
    change = change_to(bench.account(), bench.target, after)
    there = bench.state()
    bench.strike("deny", operation, times=9)
    with pytest.raises(NotAllowed, match="to manage quota in tenancy"):
        apply(bench.account(), change, lambda: None)
    bench.cloud.faults.clear()
    assert bench.state() == there


def test_every_body_has_what_the_sdk_requires_and_nothing_it_does_not_know(bench: Bench) -> None:
    for after in (bench.wanted(), bench.wanted(why="another reason"), None):
        make(bench, after)
    sent = bench.sent()
    assert [method for method, _ in sent] == ["POST", "PUT"]
    for method, body in sent:
        assert not bench.wrong(method, body)
        assert bench.wrong(method, body | {"surprise": 1})
        for name in required(BODIES[method]):
            assert bench.wrong(method, {key: body[key] for key in body if key != name})
    assert required(BODIES["POST"]) == ("compartmentId", "description", "name", "statements")


def test_compartments_are_a_tree_with_paths_and_tags(bench: Bench) -> None:
    cloud = bench.cloud
    cloud.compartments.change(bench.shop, definedTags={"Ops": {"environment": "prod"}})
    gone = cloud.compartments.plant("gone", state="DELETED")
    cloud.compartments.plant("orphan", gone)
    client = sdk(oci.identity.IdentityClient, cloud, retry_strategy=QUICK)
    found = compartments(client, TENANCY, page_size=1)
    assert {id_: one.path for id_, one in found.items()} == {
        bench.shop: "shop",
        bench.web: "shop:web",
    }
    assert (found[bench.shop].above, found[bench.shop].below) == ((), (bench.web,))
    assert (found[bench.web].above, found[bench.web].below) == ((bench.shop,), ())
    assert found[bench.shop].tags == {"Ops.environment": "prod"}
    cloud.faults.deny(9, path="/compartments")
    with pytest.raises(NotAllowed, match="inspect compartments in tenancy"):
        compartments(client, TENANCY)


def test_a_change_of_another_version_is_refused(bench: Bench) -> None:
    make(bench, bench.wanted())
    change = change_to(bench.account(), bench.target, None)
    with pytest.raises(AccountError):
        bench.account().write(replace(change, version="old"))
    assert len(bench.state()) == 1
