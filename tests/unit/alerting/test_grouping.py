"""Alerts become incidents by their shared cause."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from cloudledger.alerting.alert import Alert, Severity, State
from cloudledger.alerting.grouping import Incident, group
from tests.support.alerts import AT, alert

DAY = timedelta(days=1)
UNKNOWN = "month"
"""A dimension that no cause is told by."""
VALUES = st.sampled_from(["x", "y", "z"])
PLACES = st.dictionaries(
    st.sampled_from(
        ["account", "sub_account", "service", "resource", "source", "tag:team", UNKNOWN]
    ),
    VALUES,
    max_size=5,
)
ALERTS = st.lists(
    st.builds(
        lambda place, severity, state, kind, days: alert(
            severity=severity,
            state=state,
            kind=kind,
            dimensions=place,
            first_seen=AT + days * DAY,
        ),
        PLACES,
        st.sampled_from(Severity),
        st.sampled_from(State),
        st.sampled_from(["budget_actual", "anomaly", "drift"]),
        st.integers(0, 12),
    ),
    max_size=25,
).map(lambda made: [_named(one, str(place)) for place, one in enumerate(made)])


def _named(one: Alert, name: str) -> Alert:
    return alert(
        name,
        one.severity,
        one.state,
        kind=one.kind,
        dimensions=one.dimensions,
        first_seen=one.first_seen,
    )


def members(incidents: list[Incident]) -> set[frozenset[str]]:
    return {frozenset(one.alert_id for one in each.alerts) for each in incidents}


@given(ALERTS)
def test_every_alert_is_in_exactly_one_incident(alerts: list[Alert]) -> None:
    incidents = group(alerts)
    told = Counter(one.alert_id for each in incidents for one in each.alerts)
    assert told == Counter(one.alert_id for one in alerts)
    assert all(each.alerts for each in incidents)
    assert len({each.incident_id for each in incidents}) == len(incidents)


@given(ALERTS, st.randoms(use_true_random=False))
def test_their_order_makes_no_difference(alerts: list[Alert], chance: random.Random) -> None:
    shuffled = list(alerts)
    chance.shuffle(shuffled)
    assert group(shuffled) == group(alerts)


@given(ALERTS)
def test_an_incident_has_one_cause_within_a_few_days(alerts: list[Alert]) -> None:
    for incident in group(alerts):
        days = [one.first_seen for one in incident.alerts]
        assert max(days) - min(days) < 3 * DAY
        parts = [one for one in incident.alerts if incident.cause.items() <= one.dimensions.items()]
        assert parts
        for one in incident.alerts:
            # A whole says less than one of the parts, and nothing that contradicts it.
            assert one in parts or any(
                all(
                    part.dimensions.get(name, value) == value
                    for name, value in one.dimensions.items()
                    if name != UNKNOWN
                )
                for part in parts
            )


def test_a_budget_joins_the_anomaly_within_its_scope() -> None:
    anomaly = alert("1", kind="anomaly", dimensions={"account": "main", "service": "Compute"})
    budget = alert("2", kind="budget_actual", dimensions={"account": "main"}, first_seen=AT + DAY)
    other = alert("3", kind="budget_actual", dimensions={"account": "other"})
    assert members(group([budget, other, anomaly])) == {frozenset("12"), frozenset("3")}


def test_a_budget_joins_what_is_unusual_at_its_own_place() -> None:
    """A budget names its account, an anomaly the provider: neither knows the other's."""
    shop = {"sub_account": "shop"}
    budget = alert("1", dimensions={"account": "main"} | shop)
    anomaly = alert("2", kind="anomaly", dimensions={"provider": "Oracle"} | shop)
    assert members(group([budget, anomaly])) == {frozenset("12")}
    dollars = alert("2", kind="anomaly", dimensions={"provider": "AWS"} | shop, currency="USD")
    assert len(group([budget, dollars])) == 2


def test_a_whole_joins_the_worst_of_what_it_contains() -> None:
    total = alert("total", "low", dimensions={})
    mild = alert("mild", "medium", dimensions={"service": "Storage"})
    bad = alert("bad", "critical", dimensions={"service": "Compute"})
    assert members(group([total, mild, bad])) == {frozenset({"total", "bad"}), frozenset({"mild"})}


def test_a_source_that_stopped_is_no_part_of_what_costs_more() -> None:
    late = alert("late", kind="completeness", dimensions={})
    assert len(group([late, alert("anomaly", kind="anomaly")])) == 2


def test_weeks_apart_is_another_incident() -> None:
    assert len(group([alert("1"), alert("2", first_seen=AT + 7 * DAY)])) == 2


def test_two_services_of_an_account_are_two_causes_and_three_are_one() -> None:
    services = [alert(name, dimensions={"sub_account": "shop", "service": name}) for name in "abc"]
    assert len(group(services[:2])) == 2
    (incident,) = group(services)
    assert incident.cause == {"sub_account": "shop"}


def test_five_hundred_alerts_of_four_causes_become_a_handful() -> None:
    """Planted: a sub account gone wild, a service that costs more everywhere, one runaway group of
    resources, one source whose columns drift; each shown at every level above it, too."""
    planted = {
        "wild": [
            {"account": "main", "sub_account": "shop", "service": f"service {n % 9}"}
            for n in range(150)
        ],
        "service": [
            {"account": "main", "sub_account": f"team {n % 40}", "service": "Compute"}
            for n in range(150)
        ],
        "runaway": [
            {"account": "aws", "sub_account": "lab", "service": "SageMaker", "resource": f"r{n}"}
            for n in range(150)
        ],
    }
    alerts, truth = [], {}
    for cause, places in planted.items():
        for number, place in enumerate(places):
            name = f"{cause} {number}"
            alerts.append(alert(name, kind="anomaly", dimensions=place))
            truth[name] = cause
    for number in range(50):
        name = f"drift {number}"
        alerts.append(alert(name, kind="drift", dimensions={"source": "oci", "sku": str(number)}))
        truth[name] = "drift"
    incidents = group(random.Random(7).sample(alerts, len(alerts)))
    assert len(alerts) == 500
    assert len(incidents) == 4
    assert all(len({truth[one.alert_id] for one in each.alerts}) == 1 for each in incidents)


def test_an_incident_is_as_bad_as_its_worst_open_alert() -> None:
    (incident,) = group(
        [alert("1", "critical", "resolved"), alert("2", "medium"), alert("3", "high", "worse")]
    )
    assert (incident.severity, incident.state) == (Severity.HIGH, State.FIRING)
    (incident,) = group([alert("1", "critical", "resolved")])
    assert (incident.severity, incident.state) == (Severity.CRITICAL, State.RESOLVED)
