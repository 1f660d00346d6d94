"""An alert is told when it fires, when it gets worse, and when it is over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cloudledger.alerting.alert import Alert, Severity, State
from cloudledger.alerting.turns import Look, Standing, look

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def alert(alert_id: str, severity: str) -> Alert:
    return Alert(
        alert_id=alert_id,
        kind="budget_actual",
        severity=Severity(severity),
        state=State.FIRING,
        subject="budget shop",
        dimensions={"account": "main"},
        amount="70",
        threshold="60",
        currency="EUR",
        first_seen=AT,
        as_of=AT,
        text="spent",
    )


def looked(*days: dict[str, str]) -> list[Look]:
    """A look a day, each with the severities of the alerts that fire."""
    found: list[Look] = []
    standing: tuple[Standing, ...] = ()
    for day, firing in enumerate(days):
        now = [alert(name, severity) for name, severity in firing.items()]
        found.append(look(standing, now, AT + timedelta(days=day)))
        standing = found[-1].standing
    return found


def told(found: list[Look]) -> list[list[str]]:
    return [[str(turn.state) for turn in one.turns] for one in found]


def test_once_per_crossing_again_when_worse_and_when_over() -> None:
    days = ["medium", "medium", "high", "medium", "high", "critical"]
    found = looked(*({"a": severity} for severity in days), {}, {})
    assert told(found) == [["firing"], [], ["worse"], [], [], ["worse"], ["resolved"], []]


def test_what_comes_back_fires_again_as_another() -> None:
    found = looked({"a": "high"}, {}, {"a": "high"})
    assert told(found) == [["firing"], ["resolved"], ["firing"]]
    first, last = found[0].turns[0], found[2].turns[0]
    assert first.alert_id == last.alert_id
    assert (first.first_seen, last.first_seen) == (AT, AT + timedelta(days=2))


def test_a_resolved_alert_says_since_when_it_fired_and_when_it_ended() -> None:
    (resolved,) = looked({"a": "high"}, {"a": "high"}, {})[2].turns
    assert (resolved.first_seen, resolved.as_of) == (AT, AT + timedelta(days=2))


SEVERITIES = st.sampled_from([one.value for one in Severity])


@given(st.lists(st.dictionaries(st.sampled_from("abc"), SEVERITIES), max_size=12))
def test_every_alert_that_fires_is_told_and_every_one_told_is_resolved_in_the_end(
    days: list[dict[str, str]],
) -> None:
    found = looked(*days, {})
    open_: dict[str, Severity] = {}
    for one, firing in zip(found, [*days, {}], strict=True):
        for turn in one.turns:
            if turn.state is State.FIRING:
                assert turn.alert_id not in open_
                open_[turn.alert_id] = turn.severity
            elif turn.state is State.WORSE:
                assert turn.severity.rank > open_[turn.alert_id].rank
                open_[turn.alert_id] = turn.severity
            else:
                del open_[turn.alert_id]
        assert open_.keys() == firing.keys()
    assert not open_
