"""What both warehouses promise, written once and run on each.

Oracle takes part when ORACLE_DSN, ORACLE_USER and ORACLE_PASSWORD are set. Rows are keyed by a name
of this file's own and removed again, so that the schema may hold others; the staging table is
replaced, as every publish does.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from cloudledger.knowledge.statements import filled
from cloudledger.warehouse.duckdb import open_duckdb
from cloudledger.warehouse.port import (
    ConstraintViolated,
    Session,
    Warehouse,
    WarehouseError,
    WrongBinds,
)

MINE = "contract-test"
MONEY = pa.decimal128(38, 24)
INSTANT = pa.timestamp("us", tz="UTC")
EXACT = [
    Decimal("12345678901234.123456789012345678901234"),
    Decimal("-99999999999999.999999999999999999999999"),
    Decimal("0.000000000000000000000001"),
    Decimal("-0.000000000000000000000001"),
    Decimal("0.1"),
    Decimal("100"),
    Decimal("0"),
]
OWNED = {
    "ledger_state": "name",
    "covered_period": "source",
    "source_object_total": "object_id",
    "source_object_day": "object_id",
    "quarantine": "object_id",
    "daily_cost": "provider",
    "tag_set_value": "tag_set_id",
}


def _oracle() -> Warehouse:
    import oracledb

    from cloudledger.warehouse.oracle import OracleWarehouse

    return OracleWarehouse(
        oracledb.connect(
            user=os.environ["ORACLE_USER"],
            password=os.environ["ORACLE_PASSWORD"],
            dsn=os.environ["ORACLE_DSN"],
        )
    )


@pytest.fixture(params=["duckdb", pytest.param("oracle", marks=pytest.mark.oracle)])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    if request.param == "oracle":
        if not {"ORACLE_DSN", "ORACLE_USER", "ORACLE_PASSWORD"} <= os.environ.keys():
            pytest.skip("ORACLE_DSN, ORACLE_USER and ORACLE_PASSWORD are not set")
        opened = _oracle()
    else:
        opened = open_duckdb(tmp_path / "warehouse.duckdb", wait_seconds=0)
    opened.migrate()
    _clear(opened)
    try:
        yield opened
        _clear(opened)
    finally:
        opened.close()


def _clear(warehouse: Warehouse) -> None:
    with warehouse.transaction() as session:
        for table, column in OWNED.items():
            session.execute(f"DELETE FROM {table} WHERE {column} = :mine", mine=MINE)


def _totals(amounts: list[Decimal]) -> pa.Table:
    count = len(amounts)
    zeros = pa.array([Decimal(0)] * count, MONEY)
    return pa.table(
        {
            "object_id": [MINE] * count,
            "billing_currency": ["EUR"] * count,
            "measure": [f"measure {number}" for number in range(count)],
            "source_amount": pa.array(amounts, MONEY),
            "lake_amount": pa.array(amounts, MONEY),
            "set_aside_amount": zeros,
            "rounding": ["0"] * count,
        }
    )


def _put(session: Session, name: str, value: str | None) -> int:
    statement = "INSERT INTO ledger_state (name, value) VALUES (:name, :value)"
    return session.execute(statement, name=name, value=value)


def _state(session: Session) -> pa.Table:
    return session.query("SELECT name, value FROM ledger_state WHERE name = :name", name=MINE)


def test_migrations_are_applied_once(warehouse: Warehouse):
    assert warehouse.migrate() == []


def test_38_digits_come_back_as_they_went_in_by_rows(warehouse: Warehouse):
    with warehouse.transaction() as session:
        assert session.insert("source_object_total", _totals(EXACT)) == len(EXACT)
        rows = session.query(
            "SELECT source_amount FROM source_object_total"
            " WHERE object_id = :mine ORDER BY measure",
            mine=MINE,
        )
    assert rows.schema.field("source_amount").type == MONEY
    assert rows["source_amount"].to_pylist() == EXACT


@pytest.mark.parametrize("amount", EXACT)
def test_38_digits_come_back_as_they_went_in_by_bind(warehouse: Warehouse, amount: Decimal):
    with warehouse.transaction() as session:
        session.insert("source_object_total", _totals([Decimal(1)]))
        changed = session.execute(
            "UPDATE source_object_total SET lake_amount = :amount WHERE object_id = :mine",
            amount=amount,
            mine=MINE,
        )
        rows = session.query(
            "SELECT lake_amount FROM source_object_total"
            " WHERE object_id = :mine AND lake_amount = :amount",
            mine=MINE,
            amount=amount,
        )
    assert changed == 1
    assert rows["lake_amount"].to_pylist() == [amount]


def test_sums_are_exact_and_counts_are_whole(warehouse: Warehouse):
    amounts = [Decimal("0.1"), Decimal("0.2"), Decimal("1E-24"), Decimal("99999999999999")]
    with warehouse.transaction() as session:
        session.insert("source_object_total", _totals(amounts))
        rows = session.query(
            "SELECT SUM(lake_amount) AS amount, CAST(COUNT(*) AS DECIMAL(18, 0)) AS lines"
            " FROM source_object_total WHERE object_id = :mine",
            mine=MINE,
        )
    assert rows.schema == pa.schema([("amount", MONEY), ("lines", pa.int64())])
    assert rows.to_pylist() == [
        {"amount": Decimal("99999999999999.300000000000000000000001"), "lines": 4}
    ]


def test_instants_are_utc_to_the_microsecond(warehouse: Warehouse):
    start = datetime(2026, 1, 1, 20, 15, 0, 123456, tzinfo=timezone(timedelta(hours=-5)))
    end = datetime(2026, 3, 1, tzinfo=UTC)
    with warehouse.transaction() as session:
        session.insert(
            "covered_period",
            pa.table(
                {
                    "source": [MINE],
                    "period_start": pa.array([start], pa.timestamp("us", tz="America/Bogota")),
                    "period_end": pa.array([end], INSTANT),
                    "run_id": ["run"],
                }
            ),
        )
        statement = "SELECT period_start, period_end FROM covered_period WHERE source = :mine"
        by_value = session.query(
            f"{statement} AND period_start = :start_at", mine=MINE, start_at=start
        )
        session.execute(
            "UPDATE covered_period SET period_end = :until WHERE source = :mine",
            until=start + timedelta(microseconds=1),
            mine=MINE,
        )
        changed = session.query(statement, mine=MINE)
    assert by_value.schema.types == [INSTANT, INSTANT]
    assert by_value.to_pylist() == [
        {"period_start": datetime(2026, 1, 2, 1, 15, 0, 123456, tzinfo=UTC), "period_end": end}
    ]
    assert changed["period_end"].to_pylist() == [datetime(2026, 1, 2, 1, 15, 0, 123457, tzinfo=UTC)]


def test_days_and_whole_numbers(warehouse: Warehouse):
    day = date(2026, 2, 28)
    with warehouse.transaction() as session:
        session.insert(
            "source_object_day",
            pa.table(
                {
                    "object_id": [MINE],
                    "provider": ["oracle"],
                    "charge_day": [day],
                    "lines": pa.array([10**15], pa.int64()),
                }
            ),
        )
        rows = session.query(
            "SELECT charge_day, lines FROM source_object_day"
            " WHERE object_id = :mine AND charge_day = :charge_day",
            mine=MINE,
            charge_day=day,
        )
    assert rows.schema == pa.schema([("charge_day", pa.date32()), ("lines", pa.int64())])
    assert rows.to_pylist() == [{"charge_day": day, "lines": 10**15}]


def test_an_empty_text_is_null(warehouse: Warehouse):
    with warehouse.transaction() as session:
        assert _put(session, MINE, "") == 1
        tags = {"tag_set_id": [MINE, MINE], "tag_key": ["a", "b"], "tag_value": ["", "x"]}
        session.insert("tag_set_value", pa.table(tags))
        assert _state(session).to_pylist() == [{"name": MINE, "value": None}]
        rows = session.query(
            "SELECT tag_key FROM tag_set_value WHERE tag_set_id = :mine AND tag_value IS NULL",
            mine=MINE,
        )
    assert rows["tag_key"].to_pylist() == ["a"]


def test_a_query_without_rows_has_its_types(warehouse: Warehouse):
    with warehouse.transaction() as session:
        rows = session.query(
            "SELECT source_amount, rounding FROM source_object_total WHERE object_id = :mine",
            mine=MINE,
        )
    assert rows.num_rows == 0
    assert rows.schema.types == [MONEY, pa.string()]


def test_a_long_text_is_kept_whole(warehouse: Warehouse):
    text = "é,\n\t'" * 20_000
    with warehouse.transaction() as session:
        session.insert(
            "quarantine",
            pa.table(
                {
                    "object_id": [MINE, MINE],
                    "record_number": [1, 2],
                    "line_number": pa.array([None, 7], pa.int64()),
                    "column_name": pa.nulls(2),
                    "reason": ["too long", "short"],
                    "original_text": [text, "x"],
                    "run_id": ["run", "run"],
                }
            ),
        )
        rows = session.query(
            "SELECT original_text, line_number, column_name FROM quarantine"
            " WHERE object_id = :mine ORDER BY record_number",
            mine=MINE,
        )
    assert rows["original_text"].to_pylist() == [text, "x"]
    assert rows["line_number"].to_pylist() == [None, 7]
    assert rows["column_name"].to_pylist() == [None, None]


def _change_and_raise(warehouse: Warehouse) -> None:
    with warehouse.transaction() as session:
        session.execute("UPDATE ledger_state SET value = :v WHERE name = :name", v="x", name=MINE)
        session.insert("source_object_total", _totals(EXACT))
        raise RuntimeError("on purpose")


def test_what_is_committed_stays_and_what_raised_does_not(warehouse: Warehouse):
    with warehouse.transaction() as session:
        _put(session, MINE, "kept")
    with pytest.raises(RuntimeError, match="on purpose"):
        _change_and_raise(warehouse)
    with warehouse.transaction() as session:
        assert _state(session)["value"].to_pylist() == ["kept"]
        mine = "SELECT measure FROM source_object_total WHERE object_id = :mine"
        assert session.query(mine, mine=MINE).num_rows == 0


def test_a_transaction_is_usable_after_a_failed_one(warehouse: Warehouse):
    row = {"name": MINE, "value": "a"}
    statement = "INSERT INTO ledger_state (name, value) VALUES (:name, :value)"
    with pytest.raises(ConstraintViolated), warehouse.transaction() as session:
        session.execute_many(statement, [row, row])
    with warehouse.transaction() as session:
        assert _put(session, MINE, "c") == 1
    with warehouse.transaction() as session:
        assert _state(session)["value"].to_pylist() == ["c"]


def test_rows_that_changed_are_counted(warehouse: Warehouse):
    with warehouse.transaction() as session:
        assert session.insert("source_object_total", _totals(EXACT)) == 7
        touch = "UPDATE source_object_total SET rounding = :text WHERE object_id = :mine"
        assert session.execute(touch, text="1", mine=MINE) == 7
        one = "DELETE FROM source_object_total WHERE object_id = :mine AND measure = :measure"
        keys = [{"mine": MINE, "measure": f"measure {number}"} for number in (0, 1, 99)]
        assert session.execute_many(one, keys) == 2
        assert session.execute_many(one, []) == 0
        assert session.insert("source_object_total", _totals(EXACT).slice(0, 2)) == 2
        assert session.insert("source_object_total", _totals(EXACT).slice(0, 0)) == 0


def test_a_slice_of_a_table_is_that_slice(warehouse: Warehouse):
    with warehouse.transaction() as session:
        session.insert("source_object_total", _totals(EXACT).slice(2, 3))
        rows = session.query(
            "SELECT lake_amount FROM source_object_total WHERE object_id = :mine ORDER BY measure",
            mine=MINE,
        )
    assert rows["lake_amount"].to_pylist() == EXACT[2:5]


def test_many_rows_of_binds(warehouse: Warehouse):
    later = datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)
    statement = (
        "INSERT INTO covered_period (source, period_start, period_end, run_id)"
        " VALUES (:source, :start_at, :end_at, :run_id)"
    )
    rows = [
        {"source": MINE, "start_at": later - timedelta(days=n), "end_at": later, "run_id": "r" * n}
        for n in range(1, 4)
    ]
    with warehouse.transaction() as session:
        assert session.execute_many(statement, rows) == 3
        found = session.query(
            "SELECT period_end, run_id FROM covered_period WHERE source = :mine ORDER BY run_id",
            mine=MINE,
        )
    assert found.to_pylist() == [{"period_end": later, "run_id": "r" * n} for n in range(1, 4)]


def test_merge(warehouse: Warehouse):
    statement = """
        MERGE INTO ledger_state
        USING (SELECT :name AS name, :value AS value) given
        ON (ledger_state.name = given.name)
        WHEN MATCHED THEN UPDATE SET value = given.value
        WHEN NOT MATCHED THEN INSERT (name, value) VALUES (given.name, given.value)
    """
    with warehouse.transaction() as session:
        assert session.execute(statement, name=MINE, value="1") == 1
        assert session.execute(statement, name=MINE, value="2") == 1
        assert _state(session)["value"].to_pylist() == ["2"]


def test_delete_and_insert_of_the_same_keys_in_one_transaction(warehouse: Warehouse):
    with warehouse.transaction() as session:
        session.insert("source_object_total", _totals(EXACT))
    with warehouse.transaction() as session:
        session.execute("DELETE FROM source_object_total WHERE object_id = :mine", mine=MINE)
        assert session.insert("source_object_total", _totals(EXACT)) == len(EXACT)


@pytest.mark.parametrize(
    ("name", "value"),
    [(None, "no key"), ("n" * 129, "key too long"), ("é" * 65, "130 bytes in 65 characters")],
    ids=["no key", "long", "long in bytes"],
)
def test_rows_that_are_not_allowed(warehouse: Warehouse, name: str | None, value: str):
    with pytest.raises(ConstraintViolated), warehouse.transaction() as session:
        session.execute(
            "INSERT INTO ledger_state (name, value) VALUES (:name, :value)", name=name, value=value
        )
    rows = pa.table({"name": pa.array([name], pa.string()), "value": [value]})
    with pytest.raises(ConstraintViolated), warehouse.transaction() as session:
        session.insert("ledger_state", rows)


def test_a_text_of_as_many_bytes_as_the_column_has_is_allowed(warehouse: Warehouse):
    with warehouse.transaction() as session:
        session.insert("source_object_total", _totals([Decimal(1)]))
        changed = session.execute(
            "UPDATE source_object_total SET measure = :text WHERE object_id = :mine",
            text="é" * 32,
            mine=MINE,
        )
    assert changed == 1


def test_checks_are_checked(warehouse: Warehouse):
    backwards = pa.array([datetime(2026, 1, 2, tzinfo=UTC)], INSTANT)
    rows = {"source": [MINE], "period_start": backwards, "period_end": backwards, "run_id": ["r"]}
    with pytest.raises(ConstraintViolated), warehouse.transaction() as session:
        session.insert("covered_period", pa.table(rows))


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("lake_amount", pa.array([0.1], pa.float64())),
        ("lake_amount", pa.array([Decimal("1E-25")], pa.decimal128(38, 25))),
        ("rounding", pa.array([[1]], pa.list_(pa.int64()))),
        ("lake_amount", pa.array([datetime(2026, 1, 1)], pa.timestamp("us"))),  # noqa: DTZ001
    ],
)
def test_what_is_not_exact_is_refused(warehouse: Warehouse, column: str, values: pa.Array):
    rows = _totals([Decimal(1)])
    wrong = rows.set_column(rows.column_names.index(column), column, values)
    with pytest.raises(WrongBinds, match=column), warehouse.transaction() as session:
        session.insert("source_object_total", wrong)


def test_binds_must_fit(warehouse: Warehouse):
    with warehouse.transaction() as session:
        with pytest.raises(WrongBinds, match="no value for :name"):
            session.query("SELECT value FROM ledger_state WHERE name = :name")
        with pytest.raises(WrongBinds, match="no bind :other"):
            session.execute("DELETE FROM ledger_state WHERE name = :name", name=MINE, other=1)


@pytest.fixture
def vector_table(warehouse: Warehouse) -> Iterator[str]:
    table = "knowledge_vector_contract"
    drop = filled("drop_vector_table", warehouse.engine, vector_table=table)
    make = filled("create_vector_table", warehouse.engine, vector_table=table, dimensions=3)
    for statement in (drop, make):
        with warehouse.transaction() as session:
            session.execute(statement)
    yield table
    with warehouse.transaction() as session:
        session.execute(drop)


def _vectors(*vectors: list[float | None], kind: pa.DataType) -> pa.Table:
    names = [str(number) for number in range(len(vectors))]
    texts = ("chunk_id", "document_version", "text_hash")
    return pa.table(dict.fromkeys(texts, names) | {"embedding": pa.array(vectors, kind)})


@pytest.mark.parametrize("kind", [pa.list_(pa.float32()), pa.list_(pa.float32(), 3)])
def test_vectors_come_back_as_they_went_in(
    warehouse: Warehouse, vector_table: str, kind: pa.DataType
):
    given = [[1.0, 0.0, 0.1], [0.0, -1.0, 1e-30], [3.4e38, 0.25, 7.0]]
    with warehouse.transaction() as session:
        rows = _vectors([9.0, 9.0, 9.0], *given, kind=kind).slice(1)
        assert session.insert(vector_table, rows) == 3
        assert session.insert(vector_table, rows.slice(0, 0)) == 0
        found = session.query(f"SELECT embedding FROM {vector_table} ORDER BY chunk_id")
    assert found.schema.types == [pa.list_(pa.float32())]
    assert found["embedding"] == pa.chunked_array([pa.array(given, pa.list_(pa.float32()))])


def test_a_vector_is_bound(warehouse: Warehouse, vector_table: str):
    question = array("f", [0.1, 0.2, 0.3])
    by_engine = {"duckdb": "CAST(:question AS FLOAT[3])", "oracle": ":question"}
    bound = by_engine[warehouse.engine]
    with warehouse.transaction() as session:
        session.insert(vector_table, _vectors([1.0, 0.0, 0.0], kind=pa.list_(pa.float32())))
        changed = session.execute(
            f"UPDATE {vector_table} SET embedding = {bound} WHERE chunk_id = :mine",
            question=question,
            mine="0",
        )
        found = session.query(f"SELECT embedding FROM {vector_table}")
    assert changed == 1
    assert found["embedding"].to_pylist() == [question.tolist()]


@pytest.mark.parametrize(
    "vector",
    [
        [1.0, 0.0],
        [1.0, 0.0, 0.0, 0.0],
        [],
        [1.0, 0.0, float("nan")],
        [1.0, 0.0, float("inf")],
        [1.0, 0.0, None],
    ],
)
def test_a_vector_that_does_not_fit(
    warehouse: Warehouse, vector_table: str, vector: list[float | None]
):
    rows = _vectors(vector, kind=pa.list_(pa.float32()))
    with pytest.raises(WrongBinds, match="embedding"), warehouse.transaction() as session:
        session.insert(vector_table, rows)
    mixed = _vectors([1.0, 0.0, 0.0], vector, kind=pa.list_(pa.float32()))
    with pytest.raises(WrongBinds, match="embedding"), warehouse.transaction() as session:
        session.insert(vector_table, mixed)


@pytest.mark.parametrize("vector", [array("f"), array("f", [float("nan")]), array("d", [1.0])])
def test_no_vector_to_bind(warehouse: Warehouse, vector: array[float]):
    with warehouse.transaction() as session, pytest.raises(WrongBinds, match=":name"):
        session.query("SELECT value FROM ledger_state WHERE name = :name", name=vector)


def test_only_so_many_rows(warehouse: Warehouse):
    with warehouse.transaction() as session:
        session.insert("source_object_total", _totals(EXACT))
        rows = session.query(
            "SELECT measure FROM source_object_total WHERE object_id = :mine"
            " ORDER BY measure DESC FETCH FIRST 2 ROWS ONLY",
            mine=MINE,
        )
    assert rows["measure"].to_pylist() == ["measure 6", "measure 5"]


def _staged(count: int, amount: Decimal) -> pa.Table:
    return pa.table(
        {
            "line_count": [1] * count,
            "grain_key": [f"{MINE} {number}" for number in range(count)],
            "provider": [MINE] * count,
            "charge_day": [date(2026, 1, 1)] * count,
            "provider_name": ["Oracle Cloud"] * count,
            "billing_account_id": ["account"] * count,
            "region_id": [""] * count,
            "service_name": ["Compute"] * count,
            "charge_category": ["Usage"] * count,
            "billing_currency": ["EUR"] * count,
            "billed_cost": pa.array([amount] * count, MONEY),
            "effective_cost": pa.array([amount] * count, MONEY),
            "mart_version": [1] * count,
        }
    )


def test_a_staging_table_is_replaced_and_copied_from(warehouse: Warehouse):
    warehouse.stage("daily_cost_stage", _staged(3, Decimal("5")))
    warehouse.stage("daily_cost_stage", _staged(2, Decimal("1E-24")))
    columns = ", ".join(_staged(1, Decimal(1)).column_names)
    with warehouse.transaction() as session:
        copied = session.execute(
            f"INSERT INTO daily_cost ({columns}) SELECT {columns} FROM daily_cost_stage"
        )
        rows = session.query(
            "SELECT billed_cost, charge_day, region_id, list_cost, line_count FROM daily_cost"
            " WHERE provider = :mine",
            mine=MINE,
        )
    assert copied == 2
    assert (
        rows.to_pylist()
        == [
            {
                "billed_cost": Decimal("1E-24"),
                "charge_day": date(2026, 1, 1),
                "region_id": None,
                "list_cost": None,
                "line_count": 1,
            }
        ]
        * 2
    )


def test_only_staging_tables_are_replaced_and_never_inside_a_transaction(warehouse: Warehouse):
    with pytest.raises(WarehouseError, match="daily_cost is no staging table"):
        warehouse.stage("daily_cost", _staged(1, Decimal(1)))
    with warehouse.transaction(), pytest.raises(WarehouseError, match="transaction is open"):
        warehouse.stage("daily_cost_stage", _staged(1, Decimal(1)))
