from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from cloudledger.ledger.period import Period, resolve_period

PARAMS = {"from": "2026-01-01", "to": "2026-01-02T06:00:00+02:00"}
MARCH = (datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))


def test_a_partition_key_wins_over_interval_and_params() -> None:
    period = resolve_period(
        partition_key="2026-05-04",
        interval=MARCH,
        params=PARAMS,
    )
    assert period == Period(datetime(2026, 5, 4, tzinfo=UTC), datetime(2026, 5, 5, tzinfo=UTC))


def test_an_interval_wins_over_params() -> None:
    period = resolve_period(interval=MARCH, params=PARAMS)
    assert period == Period(*MARCH)


def test_an_interval_in_another_zone_becomes_utc() -> None:
    zone = timezone(timedelta(hours=2))
    period = resolve_period(interval=(MARCH[0].astimezone(zone), MARCH[1].astimezone(zone)))
    assert str(period) == "[2026-03-01T00:00:00Z, 2026-03-02T00:00:00Z)"


def test_an_interval_of_no_length_gives_way_to_params() -> None:
    period = resolve_period(
        interval=(MARCH[0], MARCH[0]),
        params=PARAMS,
    )
    assert period == Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, 4, tzinfo=UTC))


def test_without_any_the_error_says_what_to_pass() -> None:
    with pytest.raises(ValueError, match=r'pass its period as params.*"from".*"to"'):
        resolve_period(params={"from": "2026-01-01", "to": None})


@pytest.mark.parametrize("key", ["yesterday", "2026-13-01", "20260101T99"])
def test_a_key_that_is_no_date_is_named(key: str) -> None:
    with pytest.raises(ValueError, match=key):
        resolve_period(partition_key=key)


def test_a_period_must_end_after_it_starts() -> None:
    with pytest.raises(ValueError, match="end after it starts"):
        Period(MARCH[1], MARCH[0])
    with pytest.raises(ValueError, match="end after it starts"):
        Period(MARCH[0], MARCH[0])


def test_a_period_holds_its_start_and_not_its_end() -> None:
    period = Period(*MARCH)
    assert MARCH[0] in period
    assert MARCH[1] not in period
