"""The DuckDB file among processes: one writer, a bounded wait, copies that are whole."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from cloudledger.warehouse.copy import copy_path
from cloudledger.warehouse.duckdb import DuckDbWarehouse, open_copy, open_duckdb
from cloudledger.warehouse.migrations import Migration, migrations, pending
from cloudledger.warehouse.port import MigrationRefused, NoCopyYet, WarehouseBusy
from cloudledger.warehouse.statements import Step

HOLD = """
import sys, time
from pathlib import Path
from cloudledger.warehouse.duckdb import open_duckdb
warehouse = open_duckdb(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(float(sys.argv[2]))
warehouse.close()
"""
TRY = """
import sys
from pathlib import Path
from cloudledger.warehouse.duckdb import open_duckdb
from cloudledger.warehouse.port import WarehouseBusy
try:
    open_duckdb(Path(sys.argv[1]), wait_seconds=0).close()
    print("open")
except WarehouseBusy:
    print("busy")
"""
PUBLISH_AND_DIE = """
import os, signal, sys
from pathlib import Path
from cloudledger.warehouse import copy
from cloudledger.warehouse.duckdb import open_duckdb
warehouse = open_duckdb(Path(sys.argv[1]))
with warehouse.transaction() as session:
    session.execute("UPDATE ledger_state SET value = 'new'")
real = os.pread
def die_after_one_chunk(source, size, offset):
    if offset:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(source, 4096, offset)
os.pread = die_after_one_chunk
warehouse.publish_copy()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def warehouse(path: Path) -> Iterator[DuckDbWarehouse]:
    with open_duckdb(path) as opened:
        opened.migrate()
        yield opened


@contextmanager
def _held(path: Path, seconds: float) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLD, str(path), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def _elsewhere(program: str, path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
    )


def _put(warehouse: DuckDbWarehouse, value: str) -> None:
    with warehouse.transaction() as session:
        session.execute("DELETE FROM ledger_state")
        session.execute(
            "INSERT INTO ledger_state (name, value) VALUES (:name, :value)", name="a", value=value
        )


def _read(warehouse: DuckDbWarehouse) -> str:
    with warehouse.transaction() as session:
        return str(session.query("SELECT value FROM ledger_state")["value"][0].as_py())


def test_waiting_is_bounded_and_names_the_holder(path: Path):
    with _held(path, 30) as holder:
        started = time.monotonic()
        with pytest.raises(WarehouseBusy) as refused:
            open_duckdb(path, wait_seconds=0.5)
        assert 0.4 < time.monotonic() - started < 5
        assert f"process {holder.pid} " in str(refused.value)
        assert str(path) in str(refused.value)


def test_waiting_ends_when_the_holder_lets_go(path: Path):
    with _held(path, 0.5):
        open_duckdb(path, wait_seconds=30).close()


def test_a_file_that_is_no_warehouse_is_not_waited_for(path: Path):
    path.write_bytes(b"no database" * 1000)
    with pytest.raises(duckdb.IOException):
        open_duckdb(path, wait_seconds=30)


def test_there_is_no_copy_before_the_first_publish(path: Path):
    with pytest.raises(NoCopyYet, match=r"warehouse\.read\.duckdb does not exist"):
        open_copy(path)


def test_a_copy_holds_what_was_committed_while_the_writer_goes_on(
    warehouse: DuckDbWarehouse, path: Path
):
    _put(warehouse, "one")
    assert warehouse.publish_copy() == copy_path(path)
    _put(warehouse, "two")
    with open_copy(path) as copy:
        assert _read(copy) == "one"
        warehouse.publish_copy()
        assert _read(copy) == "one"
        with open_copy(path) as newer:
            assert _read(newer) == "two"


def test_a_copy_cannot_be_written(warehouse: DuckDbWarehouse, path: Path):
    _put(warehouse, "one")
    warehouse.publish_copy()
    with open_copy(path) as copy, pytest.raises(duckdb.InvalidInputException, match="read-only"):
        _put(copy, "two")


def test_the_writer_keeps_its_lock_through_a_publish(warehouse: DuckDbWarehouse, path: Path):
    for _ in range(2):
        warehouse.publish_copy()
        assert _elsewhere(TRY, path).stdout == "busy\n"
    warehouse.close()
    assert _elsewhere(TRY, path).stdout == "open\n"


def test_a_kill_in_the_middle_of_a_copy_leaves_the_older_one(path: Path):
    with open_duckdb(path) as warehouse:
        warehouse.migrate()
        _put(warehouse, "old")
        copy = warehouse.publish_copy()
    before = copy.read_bytes()
    assert _elsewhere(PUBLISH_AND_DIE, path).returncode == -signal.SIGKILL
    assert copy.read_bytes() == before
    with open_copy(path) as reader:
        assert _read(reader) == "old"
    with open_duckdb(path, wait_seconds=5) as warehouse:
        assert _read(warehouse) == "new"
        warehouse.publish_copy()
    with open_copy(path) as reader:
        assert _read(reader) == "new"
    assert {file.name for file in path.parent.iterdir()} == {path.name, copy.name}


def test_a_migration_is_all_or_nothing(path: Path, monkeypatch: pytest.MonkeyPatch):
    known = migrations("duckdb")
    broken = Migration(
        "9999_broken", "0", (Step("CREATE TABLE half (a INTEGER)"), Step("SELECT no_column"))
    )
    monkeypatch.setattr(
        "cloudledger.warehouse.duckdb.migrations.migrations", lambda _: [*known, broken]
    )
    with open_duckdb(path) as warehouse:
        with pytest.raises(duckdb.BinderException):
            warehouse.migrate()
        with warehouse.transaction() as session:
            assert session.query("SELECT table_name FROM duckdb_tables()").num_rows == 0
        monkeypatch.undo()
        assert warehouse.migrate() == [migration.name for migration in known]


@pytest.mark.parametrize(
    ("applied", "said"),
    [
        ([("0000_schema_migration", "a"), ("0001_ledger", "edited")], "0001_ledger was edited"),
        ([("0000_schema_migration", "a"), ("0005_later", "b")], "0005_later where .* 0001_ledger"),
        ([("0000_schema_migration", "a"), ("0001_ledger", "b"), ("0002_x", "c")], "has none"),
    ],
)
def test_a_database_of_another_history_is_refused(applied: list[tuple[str, str]], said: str):
    known = [Migration("0000_schema_migration", "a", ()), Migration("0001_ledger", "b", ())]
    with pytest.raises(MigrationRefused, match=said):
        pending(known, applied)


def test_what_is_pending_is_what_comes_after_the_applied():
    known = [Migration(f"000{n}_x", str(n), ()) for n in range(4)]
    assert pending(known, [("0000_x", "0"), ("0001_x", "1")]) == known[2:]
    assert pending(known, []) == known
