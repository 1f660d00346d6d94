from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudledger.reports import unpack as unpacking
from cloudledger.reports.errors import UnreadableReport
from cloudledger.reports.unpack import unpacked

TEXT = b"a,b,c\n" + b"1,2,3\n" * 5000


def refused(data: bytes, folder: Path) -> str:
    path = folder / "report.csv.gz"
    path.write_bytes(data)
    with pytest.raises(UnreadableReport) as caught:
        b"".join(unpacked(path))
    assert caught.value.where == str(path)
    assert caught.value.mend
    return caught.value.what


def text_of(data: bytes, folder: Path) -> bytes:
    path = folder / "any.name"
    path.write_bytes(data)
    return b"".join(unpacked(path))


def test_plain_text_is_copied_whatever_its_name(tmp_path: Path) -> None:
    assert text_of(TEXT, tmp_path) == TEXT


@pytest.mark.parametrize("members", [1, 2, 5])
def test_every_gzip_member_is_read(tmp_path: Path, members: int) -> None:
    assert text_of(gzip.compress(TEXT) * members, tmp_path) == TEXT * members


def test_zero_padding_may_follow(tmp_path: Path) -> None:
    assert text_of(gzip.compress(TEXT) + bytes(700), tmp_path) == TEXT


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    data=st.binary(min_size=1, max_size=2000), block=st.integers(8, 64), members=st.integers(1, 3)
)
def test_blocks_of_any_size_give_the_same_text(
    tmp_path: Path, data: bytes, block: int, members: int
) -> None:
    text = b"a,text," + data.replace(b"\0", b"").translate(None, unpacking.CONTROL)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking, "CHUNK", block)
        assert text_of(gzip.compress(text) * members, tmp_path) == text * members


@pytest.mark.parametrize("cut", [1, 4, 8, 9, 60])
def test_a_cut_gzip_is_refused(tmp_path: Path, cut: int) -> None:
    assert refused(gzip.compress(TEXT)[:-cut], tmp_path) == "gzip member 1 is cut off"


def test_a_cut_second_member_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(TEXT)
    assert refused(whole + whole[:-5], tmp_path) == "gzip member 2 is cut off"


@pytest.mark.parametrize("trailer", [-8, -1], ids=["crc", "length"])
def test_a_flipped_trailer_is_refused(tmp_path: Path, trailer: int) -> None:
    data = bytearray(gzip.compress(TEXT))
    data[trailer] ^= 1
    assert "gzip member 1 is damaged" in refused(bytes(data), tmp_path)


def test_a_flipped_bit_of_the_text_is_refused(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(bytes(range(97, 123)) * 40))
    data[len(data) // 2] ^= 4
    assert "gzip member 1" in refused(bytes(data), tmp_path)


def test_garbage_behind_a_gzip_is_refused(tmp_path: Path) -> None:
    what = refused(gzip.compress(TEXT) + b"<html>", tmp_path)
    assert what == "bytes that are not gzip follow gzip member 1"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the file is empty"),
        (gzip.compress(b""), "the gzip holds no text"),
        (gzip.compress(b"PAR1" + bytes(100)), "this is Parquet inside gzip"),
        (b"PK\x03\x04" + bytes(100), "this is a ZIP archive"),
        ("a,b\n".encode("utf-16"), "this is UTF-16 text"),
        (bytes(range(256)) * 10, "this is binary, neither gzip nor text"),
        (gzip.compress(gzip.compress(TEXT)), "this is gzip inside gzip"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_not_text_is_refused_by_name(tmp_path: Path, data: bytes, what: str) -> None:
    assert refused(data, tmp_path) == what


def test_the_error_can_name_the_object(tmp_path: Path) -> None:
    error = UnreadableReport("/x", "the file is empty", "Fetch it again").at("oci://bling/t/k")
    assert str(error) == "oci://bling/t/k: the file is empty. Fetch it again"
    assert error.args == ("oci://bling/t/k", "the file is empty", "Fetch it again")
