"""What is asked of python-oracledb, call by call.

A recorder stands where the connection would: it binds every call to the real package's signature,
so that an argument the package does not take fails here, and it answers with what it is told to.
"""

from __future__ import annotations

import inspect
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import oracledb
import pyarrow as pa
import pytest

from cloudledger.warehouse import oracle
from cloudledger.warehouse.migrations import migrations
from cloudledger.warehouse.oracle import OracleWarehouse
from cloudledger.warehouse.port import ConstraintViolated, WarehouseError, WrongBinds

NAIVE = datetime(2026, 1, 1, 0, 0, 0, 5)  # noqa: DTZ001
AWARE = NAIVE.replace(tzinfo=UTC)


def info(name: str, kind: Any, **details: Any) -> Any:
    """An entry of cursor.description, with no attribute that the real one lacks."""
    entry = {"precision": None, "scale": None, "internal_size": None, "vector_dimensions": None}
    entry |= details
    entry |= {"name": name.upper(), "type_code": kind}
    for attribute in entry:
        assert hasattr(oracledb.FetchInfo, attribute)
    return SimpleNamespace(**entry)


NUMBER = {"precision": 38, "scale": 24}
KEY = info("grain_key", oracledb.DB_TYPE_VARCHAR, internal_size=32)
DAY = info("charge_day", oracledb.DB_TYPE_DATE)
COST = info("billed_cost", oracledb.DB_TYPE_NUMBER, **NUMBER)
LINES = info("line_count", oracledb.DB_TYPE_NUMBER, precision=18, scale=0)
AT = info("published_at", oracledb.DB_TYPE_TIMESTAMP, scale=6)


def error(kind: type[oracledb.DatabaseError], code: int) -> oracledb.DatabaseError:
    return kind(SimpleNamespace(code=code, message=f"ORA-{code:05}"))


@dataclass
class Recorder:
    """Every call in order as (method, arguments by the real signature's names)."""

    describe: Callable[[str], list[Any]] = lambda _: []
    rows: Callable[[str], list[tuple[Any, ...]]] = lambda _: []
    fail: Callable[[str], None] = lambda _: None
    autocommit: bool = False
    thin: bool = True
    version: str = "23.26.1.0.0"
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def record(self, of: type, method: str, *args: Any, **kwargs: Any) -> None:
        bound = inspect.signature(getattr(of, method)).bind(self, *args, **kwargs)
        arguments = dict(bound.arguments)
        arguments.pop("self")
        arguments |= arguments.pop("kwargs", {})
        self.calls.append((method, arguments))

    def cursor(self) -> Cursor:
        return Cursor(self)

    def direct_path_load(self, *args: Any, **kwargs: Any) -> None:
        self.record(oracledb.Connection, "direct_path_load", *args, **kwargs)

    def commit(self) -> None:
        self.record(oracledb.Connection, "commit")

    def rollback(self) -> None:
        self.record(oracledb.Connection, "rollback")

    def close(self) -> None:
        self.record(oracledb.Connection, "close")

    def named(self, method: str) -> list[dict[str, Any]]:
        return [arguments for name, arguments in self.calls if name == method]

    @property
    def statements(self) -> list[str]:
        return [arguments["statement"] for name, arguments in self.calls if "execute" in name]


class Cursor:
    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._statement = ""
        self.rowcount = 0

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None: ...

    @property
    def description(self) -> list[Any]:
        return self._recorder.describe(self._statement)

    def setinputsizes(self, *args: Any, **kwargs: Any) -> None:
        self._recorder.record(oracledb.Cursor, "setinputsizes", *args, **kwargs)

    def execute(self, *args: Any, **kwargs: Any) -> None:
        self._recorder.record(oracledb.Cursor, "execute", *args, **kwargs)
        self._statement = args[0]
        self._recorder.fail(args[0])
        self.rowcount = 1 if args[0].startswith(("INSERT", "UPDATE", "DELETE")) else 0

    def executemany(self, *args: Any, **kwargs: Any) -> None:
        self._recorder.record(oracledb.Cursor, "executemany", *args, **kwargs)
        self._recorder.fail(args[0])
        self.rowcount = len(args[1])

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._recorder.rows(self._statement)


def warehouse(recorder: Recorder) -> OracleWarehouse:
    return OracleWarehouse(recorder)  # type: ignore[arg-type]


def staged() -> pa.Table:
    return pa.table(
        {
            "billed_cost": pa.array([Decimal("1E-24"), None], pa.decimal128(38, 24)),
            "grain_key": ["a", "é"],
            "charge_day": [date(2026, 1, 1), date(2026, 1, 2)],
        }
    )


def test_the_attributes_relied_on_are_the_packages():
    assert isinstance(inspect.getattr_static(oracledb.Connection, "autocommit"), property)
    assert isinstance(inspect.getattr_static(oracledb.Connection, "thin"), property)
    assert isinstance(inspect.getattr_static(oracledb.Connection, "version"), property)
    assert isinstance(inspect.getattr_static(oracledb.Cursor, "rowcount"), property)
    assert isinstance(inspect.getattr_static(oracledb.Cursor, "description"), property)
    assert issubclass(oracledb.IntegrityError, oracledb.DatabaseError)


def test_a_connection_that_commits_by_itself_is_refused():
    with pytest.raises(WarehouseError, match="autocommit"):
        warehouse(Recorder(autocommit=True))


def test_a_query_asks_for_decimals_and_text_and_binds_instants_as_timestamps():
    recorder = Recorder(
        describe=lambda _: [KEY, COST, LINES, AT],
        rows=lambda _: [("k", Decimal("0.1"), Decimal(3), NAIVE)],
    )
    statement = "SELECT * FROM t WHERE published_at = :at AND charge_day = :charge_day"
    with warehouse(recorder).transaction() as session:
        rows = session.query(statement, at=AWARE, charge_day=date(2026, 1, 1))
    assert rows.to_pylist() == [
        {
            "grain_key": "k",
            "billed_cost": Decimal("0.1"),
            "line_count": 3,
            "published_at": AWARE,
        }
    ]
    sizes, query, commit = recorder.calls
    assert sizes == ("setinputsizes", {"at": oracledb.DB_TYPE_TIMESTAMP})
    assert query == (
        "execute",
        {
            "statement": statement,
            "parameters": {"at": NAIVE, "charge_day": date(2026, 1, 1)},
            "fetch_decimals": True,
            "fetch_lobs": False,
        },
    )
    assert commit == ("commit", {})


def test_many_rows_go_in_one_call_with_their_instants_typed():
    recorder = Recorder()
    with warehouse(recorder).transaction() as session:
        count = session.execute_many(
            "UPDATE t SET a = :a WHERE k = :k", [{"a": None, "k": 1}, {"a": AWARE, "k": 2}]
        )
        assert session.execute_many("UPDATE t SET a = :a", []) == 0
    assert count == 2
    assert recorder.calls == [
        ("setinputsizes", {"a": oracledb.DB_TYPE_TIMESTAMP}),
        (
            "executemany",
            {
                "statement": "UPDATE t SET a = :a WHERE k = :k",
                "parameters": [{"a": None, "k": 1}, {"a": NAIVE, "k": 2}],
            },
        ),
        ("commit", {}),
    ]


def test_an_insert_is_an_array_of_binds_sized_by_the_described_columns(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(oracle, "BATCH_ROWS", 2)
    recorder = Recorder(describe=lambda _: [COST, KEY, DAY])
    rows = pa.concat_tables([staged(), staged().slice(1)])
    with warehouse(recorder).transaction() as session:
        assert session.insert("daily_cost", rows) == 3
    assert recorder.statements == [
        "SELECT billed_cost, grain_key, charge_day FROM daily_cost WHERE 1 = 0",
        *["INSERT INTO daily_cost (billed_cost, grain_key, charge_day) VALUES (:1, :2, :3)"] * 2,
    ]
    sizes = [oracledb.DB_TYPE_NUMBER, 2, oracledb.DB_TYPE_DATE]
    assert [list(call["args"]) for call in recorder.named("setinputsizes")] == [sizes, sizes]
    assert [call["parameters"] for call in recorder.named("executemany")] == [
        [(Decimal("1E-24"), "a", date(2026, 1, 1)), (None, "é", date(2026, 1, 2))],
        [(None, "é", date(2026, 1, 2))],
    ]


def test_a_vector_is_bound_as_one_even_where_the_first_row_has_none():
    recorder = Recorder()
    vector = array("f", [1.0, 0.5])
    with warehouse(recorder).transaction() as session:
        session.execute_many("UPDATE t SET v = :v", [{"v": None}, {"v": vector}])
        session.query("SELECT 1 FROM t ORDER BY VECTOR_DISTANCE(v, :v, COSINE)", v=vector)
    assert recorder.named("setinputsizes") == [{"v": oracledb.DB_TYPE_VECTOR}] * 2
    sent = [call["parameters"] for name, call in recorder.calls if "execute" in name]
    assert sent == [[{"v": None}, {"v": vector}], {"v": vector}]


def test_vectors_are_inserted_as_arrays_of_floats():
    recorder = Recorder(
        describe=lambda _: [KEY, info("embedding", oracledb.DB_TYPE_VECTOR, vector_dimensions=2)]
    )
    rows = pa.table(
        {
            "grain_key": ["x", "a", "b"],
            "embedding": pa.array([[9.0, 9.0], [1.0, 0.5], None], pa.list_(pa.float32(), 2)),
        }
    )
    with warehouse(recorder).transaction() as session:
        assert session.insert("t", rows.slice(1)) == 2
    assert [list(call["args"]) for call in recorder.named("setinputsizes")] == [
        [1, oracledb.DB_TYPE_VECTOR]
    ]
    assert [call["parameters"] for call in recorder.named("executemany")] == [
        [("a", array("f", [1.0, 0.5])), ("b", None)]
    ]


@pytest.mark.parametrize(
    ("vector", "said"),
    [
        ([1.0, 0.5, 0.1], "t.embedding holds vectors of 2 dimensions: those of 3 do not fit"),
        ([1.0, float("nan")], "a vector holds finite numbers only"),
        ([1.0, None], "a vector holds finite numbers only"),
        ([], "its vectors have 0 dimensions"),
    ],
)
def test_a_vector_that_does_not_fit_is_refused(vector: list[float], said: str):
    column = info("embedding", oracledb.DB_TYPE_VECTOR, vector_dimensions=2)
    recorder = Recorder(describe=lambda _: [column])
    rows = pa.table({"embedding": pa.array([vector], pa.list_(pa.float32()))})
    with warehouse(recorder).transaction() as session, pytest.raises(WrongBinds, match=said):
        session.insert("t", rows)
    assert recorder.named("executemany") == []


def stage_columns(statement: str) -> list[Any]:
    return [KEY, DAY, COST, LINES] if "daily_cost_stage" in statement else []


def schema_name(statement: str) -> list[tuple[Any, ...]]:
    return [("LEDGER",)] if "CURRENT_SCHEMA" in statement else []


def test_staging_truncates_and_loads_every_column_by_direct_path():
    recorder = Recorder(describe=stage_columns, rows=schema_name)
    warehouse(recorder).stage("daily_cost_stage", staged())
    assert recorder.statements == [
        "SELECT * FROM daily_cost_stage WHERE 1 = 0",
        "TRUNCATE TABLE daily_cost_stage",
        "SELECT SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') FROM dual",
    ]
    assert recorder.named("direct_path_load") == [
        {
            "schema_name": "LEDGER",
            "table_name": "DAILY_COST_STAGE",
            "column_names": ["GRAIN_KEY", "CHARGE_DAY", "BILLED_COST", "LINE_COUNT"],
            "data": [
                ("a", date(2026, 1, 1), Decimal("1E-24"), None),
                ("é", date(2026, 1, 2), None, None),
            ],
        }
    ]


def test_staging_in_thick_mode_inserts_and_commits():
    recorder = Recorder(describe=stage_columns, rows=schema_name, thin=False)
    warehouse(recorder).stage("daily_cost_stage", staged())
    assert [name for name, _ in recorder.calls] == [
        *("execute", "execute", "setinputsizes", "executemany", "commit"),
    ]
    assert recorder.statements[1] == "TRUNCATE TABLE daily_cost_stage"


@pytest.mark.parametrize(
    ("rows", "kind", "said"),
    [
        (pa.table({"grain_key": ["é" * 17]}), ConstraintViolated, "at most 32 bytes .* has 34"),
        (pa.table({"billed_cost": [0.1]}), WrongBinds, "must be exact"),
        (pa.table({"unheard_of": ["a"]}), WarehouseError, "has no column unheard_of"),
    ],
)
def test_what_does_not_fit_is_refused_before_the_staging_table_is_emptied(
    rows: pa.Table, kind: type[WarehouseError], said: str
):
    recorder = Recorder(describe=stage_columns, rows=schema_name)
    with pytest.raises(kind, match=said):
        warehouse(recorder).stage("daily_cost_stage", rows)
    assert recorder.statements == ["SELECT * FROM daily_cost_stage WHERE 1 = 0"]


def test_staging_never_commits_an_open_transaction():
    recorder = Recorder(describe=stage_columns, rows=schema_name)
    opened = warehouse(recorder)
    with opened.transaction(), pytest.raises(WarehouseError, match="transaction is open"):
        opened.stage("daily_cost_stage", staged())
    assert recorder.statements == []


@pytest.mark.parametrize(
    ("raised", "becomes"),
    [
        (error(oracledb.IntegrityError, 1), ConstraintViolated),
        (error(oracledb.IntegrityError, 2290), ConstraintViolated),
        (error(oracledb.DatabaseError, 12899), ConstraintViolated),
        (error(oracledb.DatabaseError, 1438), ConstraintViolated),
        (error(oracledb.DatabaseError, 942), oracledb.DatabaseError),
    ],
)
def test_a_refusal_rolls_back_and_has_one_name_on_both_engines(
    raised: oracledb.DatabaseError, becomes: type[Exception]
):
    def fail(statement: str) -> None:
        raise raised

    recorder = Recorder(fail=fail)
    opened = warehouse(recorder)
    with pytest.raises(becomes), opened.transaction() as session:
        session.execute("DELETE FROM t")
    assert recorder.calls[-1] == ("rollback", {})
    assert recorder.named("commit") == []


def migration_columns(_: str) -> list[Any]:
    return [
        info("name", oracledb.DB_TYPE_VARCHAR, internal_size=128),
        info("checksum", oracledb.DB_TYPE_VARCHAR, internal_size=64),
    ]


def test_migrations_run_in_order_and_are_recorded_after_their_last_statement():
    known = migrations("oracle")
    recorder = Recorder(describe=migration_columns)
    assert warehouse(recorder).migrate() == [migration.name for migration in known]
    assert recorder.statements[: len(known[0].statements)] == list(known[0].statements)
    binds = [call.get("parameters") for call in recorder.named("execute")]
    recorded = [values["name"] for values in binds if values]
    assert recorded == [migration.name for migration in known]
    last = recorder.statements.index(known[1].statements[-1])
    assert recorder.statements[last + 1].startswith("INSERT INTO schema_migration")


def test_a_migration_that_broke_off_is_run_again_from_its_first_statement():
    known = migrations("oracle")
    breaking = known[2].statements[1]

    def fail(statement: str) -> None:
        if statement == breaking:
            raise error(oracledb.DatabaseError, 1653)

    broken = Recorder(describe=migration_columns, fail=fail)
    with pytest.raises(oracledb.DatabaseError):
        warehouse(broken).migrate()
    recorded = [(m.name, m.checksum) for m in known[:2]]
    again = Recorder(describe=migration_columns, rows=lambda s: recorded if "ORDER BY" in s else [])
    assert warehouse(again).migrate() == [migration.name for migration in known[2:]]
    assert breaking in again.statements
    assert known[1].statements[0] not in again.statements
