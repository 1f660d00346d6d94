import json

import duckdb
import pytest

from cloudledger.warehouse.duckdb import open_copy, open_duckdb
from cloudledger.warehouse.port import NoCopyYet, WarehouseBusy
from cloudledger_airflow.exceptions import UnusableConnection
from cloudledger_airflow.hooks.warehouse import WarehouseHook


@pytest.fixture
def connect(monkeypatch):
    def connect(**connection):
        monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE_TEST", json.dumps(connection))
        return WarehouseHook("warehouse_test")

    return connect


def test_it_opens_migrated_and_lets_go_with_a_copy_for_readers(connect, tmp_path):
    path = tmp_path / "w.duckdb"
    with connect(conn_type="duckdb", host=str(path)) as warehouse:
        assert warehouse.engine == "duckdb"
        with warehouse.transaction() as session:
            session.execute("INSERT INTO ledger_state (name, value) VALUES ('a', 'b')")
    copy = open_copy(path)
    with copy.transaction() as session:
        assert session.query("SELECT value FROM ledger_state").to_pylist() == [{"value": "b"}]
    copy.close()
    duckdb.connect(str(path)).close()


def test_without_a_host_it_opens_the_settings_own(connect, tmp_path, monkeypatch):
    monkeypatch.setenv("CLOUDLEDGER_HOME", str(tmp_path))
    with connect(conn_type="duckdb"):
        pass
    assert (tmp_path / "warehouse.duckdb").is_file()


def test_after_an_error_readers_keep_what_they_had(connect, tmp_path):
    path = tmp_path / "w.duckdb"
    hook = connect(conn_type="duckdb", host=str(path))
    with pytest.raises(RuntimeError, match="halfway"), hook:
        raise RuntimeError("halfway")
    with pytest.raises(NoCopyYet):
        open_copy(path)
    open_duckdb(path, wait_seconds=0).close()


def test_it_waits_for_another_writer_no_longer_than_it_is_told(connect, tmp_path):
    import subprocess
    import sys

    path = tmp_path / "w.duckdb"
    hold = f"import duckdb; c = duckdb.connect({str(path)!r}); print('held', flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout.readline() == "held\n"
        hook = connect(conn_type="duckdb", host=str(path), extra={"wait_seconds": 0})
        with pytest.raises(WarehouseBusy, match=str(holder.pid)), hook:
            pass
    finally:
        holder.communicate("\n")


def test_another_type_of_connection_is_refused(connect):
    with pytest.raises(UnusableConnection, match="of type duckdb or oracle"):
        connect(conn_type="postgres").__enter__()
