"""PDF and Word files become blocks of text and metadata; what is hostile or broken is refused."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudledger.clouds.object_store import SourceObject
from cloudledger.knowledge.config import Knowledge, KnowledgeSource
from cloudledger.knowledge.document import Document, Parsed, SetAside, Unreadable
from cloudledger.knowledge.reading.normalise import normalised
from cloudledger.knowledge.reading.parse import parse
from cloudledger.knowledge.reading.parse import pdf as pdf_module
from cloudledger.knowledge.reading.parse import zipped as zipped_module
from cloudledger.knowledge.reading.parse.media import DOCX, PDF
from cloudledger.knowledge.reading.prepare import prepare
from tests.support.documents import members, pdf, wrapped, zipped
from tests.support.encoders import FakeEncoder

NAMES = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa")


def read(folder: Path, content: bytes, kind: str) -> Parsed:
    path = folder / "file"
    path.write_bytes(content)
    (only,) = parse(path, kind, "file")
    assert isinstance(only, Parsed)
    return only


def refused(folder: Path, content: bytes, kind: str) -> str:
    with pytest.raises(Unreadable) as error:
        read(folder, content, kind)
    assert str(error.value)
    return error.value.reason


def paragraphs(count: int) -> list[str]:
    rng = random.Random(5)
    return [" ".join(sentence(rng) for _ in range(rng.randint(3, 5))) for _ in range(count)]


def sentence(rng: random.Random) -> str:
    names = " ".join(rng.choices(NAMES, k=rng.randint(2, 6)))
    return f"Rule {names} says what a manager approves, and who is told of it in writing."


def paged(texts: Sequence[str], lines: int = 30) -> list[list[str]]:
    """Pages of paragraphs, one after the other, with a header and a footer on each."""
    all_lines = [line for text in texts for line in wrapped(text)]
    starts = range(0, len(all_lines), lines)
    return [
        ["Handbook of rules", *all_lines[start : start + lines], f"Page {number} of {len(starts)}"]
        for number, start in enumerate(starts, start=1)
    ]


def test_pdf_has_paragraphs_with_their_pages_and_no_headers(tmp_path: Path) -> None:
    texts = ["A first one is short.", *paragraphs(40), "A last one is short."]

    found = read(tmp_path, pdf(paged(texts)), PDF)

    together = " ".join(block.text for block in found.blocks)
    assert normalised(together) == normalised(" ".join(texts))
    assert "Handbook" not in together
    assert "Page" not in together
    assert found.blocks[0].locator == "page 1"
    assert found.blocks[-1].locator == f"page {len(paged(texts))}"
    assert sum(block.text in texts for block in found.blocks) > len(texts) / 2


def test_a_pdf_paragraph_is_the_same_wherever_its_page_ends(tmp_path: Path) -> None:
    texts = paragraphs(40)

    first = read(tmp_path, pdf(paged(texts)), PDF)
    moved = read(tmp_path, pdf(paged(texts, lines=37)), PDF)

    assert [block.text for block in first.blocks] == [block.text for block in moved.blocks]


def test_pdf_joins_words_that_a_line_breaks(tmp_path: Path) -> None:
    found = read(tmp_path, pdf([["The alloca-", "tion of cost is agreed."]]), PDF)

    assert [block.text for block in found.blocks] == ["The allocation of cost is agreed."]


def test_pdf_keeps_rows_of_numbers_at_the_top_and_bottom_of_pages(tmp_path: Path) -> None:
    rng = random.Random(2)
    rows = [f"Item cost {rng.randint(0, 9999)} and {rng.randint(0, 99)}" for _ in range(200)]

    found = read(tmp_path, pdf(paged(rows, lines=20)), PDF)

    assert "\n".join(block.text for block in found.blocks).split() == " ".join(rows).split()


def test_pdf_keeps_a_page_of_which_every_line_repeats(tmp_path: Path) -> None:
    found = read(tmp_path, pdf([["Same words."]] * 4), PDF)

    assert "Same words." in found.blocks[0].text


def test_pdf_information_is_metadata(tmp_path: Path) -> None:
    info = {"/Title": "Rules", "/Keywords": "b; a", "/CreationDate": "D:20250131120000Z"}

    told = read(tmp_path, pdf([["Text."]], info), PDF).metadata
    named = read(tmp_path, pdf([["Text."]], {"/Title": "Microsoft Word - x.doc"}), PDF).metadata

    assert (told.title, told.tags, told.document_date) == ("Rules", ("a", "b"), date(2025, 1, 31))
    assert named.title == ""


def test_a_pdf_with_an_empty_password_is_read_and_one_with_a_password_is_not(
    tmp_path: Path,
) -> None:
    assert read(tmp_path, pdf([["Text."]], password=""), PDF).blocks[0].text == "Text."
    assert refused(tmp_path, pdf([["Text."]], password="secret"), PDF) == "encrypted"


def test_pdfs_that_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(tmp_path, pdf([[], []]), PDF) == "no_text"
    assert refused(tmp_path, b"%PDF-1.7\nnothing of it", PDF) == "broken"
    assert refused(tmp_path, pdf([["a" * 31_000_000]]), PDF) == "bomb"
    monkeypatch.setattr(pdf_module, "MOST_OPERATIONS", 50)
    assert refused(tmp_path, pdf([["line"] * 100]), PDF) == "bomb"


def word_file() -> bytes:
    document = docx.Document()
    document.add_heading("Rules", 0)
    document.add_heading("Travel", 1)
    document.add_paragraph("Book early.")
    document.add_paragraph("by train", style="List Bullet")
    table = document.add_table(rows=3, cols=2)
    for row, texts in zip(
        table.rows, (("Region", "Price"), ("Frankfurt", "3"), ("", "4")), strict=True
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_paragraph("The end.")
    core = document.core_properties
    core.title, core.keywords, core.category = "Rules of travel", "travel, cost", "policy"
    core.modified = datetime(2025, 3, 1, tzinfo=UTC)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_word_keeps_headings_lists_and_tables_in_their_order(tmp_path: Path) -> None:
    found = read(tmp_path, word_file(), DOCX)

    assert [(block.kind.value, block.level, block.text) for block in found.blocks] == [
        ("heading", 1, "Rules"),
        ("heading", 1, "Travel"),
        ("paragraph", 0, "Book early."),
        ("list_item", 0, "by train"),
        ("row", 0, "Region: Frankfurt | Price: 3"),
        ("row", 0, "Price: 4"),
        ("paragraph", 0, "The end."),
    ]
    told = found.metadata
    assert (told.title, told.category, told.tags, told.document_date) == (
        "Rules of travel",
        "policy",
        ("cost", "travel"),
        date(2025, 3, 1),
    )


def test_word_text_in_insertions_and_controls_is_read_and_deletions_are_not(tmp_path: Path) -> None:
    parts = members(word_file())
    body = parts["word/document.xml"].decode()
    added = (
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>in a control</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:p><w:ins w:id='1' w:author='a'><w:r><w:t>put in</w:t></w:r></w:ins>"
        "<w:del w:id='2' w:author='a'><w:r><w:delText>taken out</w:delText></w:r></w:del></w:p>"
    )
    parts["word/document.xml"] = body.replace("<w:sectPr", f"{added}<w:sectPr").encode()

    texts = [block.text for block in read(tmp_path, zipped(parts), DOCX).blocks]

    assert texts[-2:] == ["in a control", "put in"]


def test_word_files_that_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = members(word_file())
    document = parts["word/document.xml"]
    lol = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]>'
    without = {name: part for name, part in parts.items() if name != "word/document.xml"}

    for content, reason in (
        (zipped(parts)[:-30], "broken"),
        (zipped(without), "broken"),
        (zipped({**parts, "word/document.xml": document[:-20]}), "broken"),
        (zipped({**parts, "word/document.xml": lol + document[55:]}), "bomb"),
        (zipped({**parts, "word/styles.xml": lol.decode().encode("utf-16")}), "bomb"),
        (zipped({**parts, "word/media/zeros": b"\0" * 6_000_000}), "bomb"),
    ):
        assert refused(tmp_path, content, DOCX) == reason

    monkeypatch.setattr(zipped_module, "MOST_BYTES", 50_000)
    assert refused(tmp_path, word_file(), DOCX) == "bomb"
    monkeypatch.setattr(zipped_module, "MOST_MEMBERS", 3)
    assert refused(tmp_path, word_file(), DOCX) == "bomb"


def test_a_word_file_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    content = bytearray(zipped({"word/document.xml": b"<a/>" * 50_000}))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        directory = archive.start_dir
    content[directory + 24 : directory + 28] = (10).to_bytes(4, "little")

    assert refused(tmp_path, bytes(content), DOCX) == "broken"


WHOLE = {
    "a.pdf": pdf([["Some words on a page."], ["More words."]], {"/Title": "T"}, compressed=False),
    "b.pdf": pdf([["Some words on a page."]], password=""),
    "c.docx": word_file(),
    "d.html": b"<html><h1>A</h1><p>Some <b>words</b><table><tr><td>x</table>",
    "e.md": b"---\nid: a\ndate: 2025-01-01\n---\n# A\n- some *words*\n\n|a|b|\n|-|-|\n|1|2|\n",
    "f.csv": b'id,text,other\n1,"some ""words""",x\n2,more,y\n',
}
damages = st.lists(st.tuples(st.integers(0, 2**31), st.binary(max_size=6)), min_size=1, max_size=8)


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(WHOLE)), damages, st.booleans())
def test_whatever_is_damaged_is_read_or_set_aside(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    damage: list[tuple[int, bytes]],
    within: bool,
) -> None:
    if within and name.endswith(".docx"):
        parts = members(WHOLE[name])
        part = sorted(parts)[damage[0][0] % len(parts)]
        content = zipped({**parts, part: damaged(parts[part], damage)})
    else:
        content = damaged(WHOLE[name], damage)
    path = tmp_path_factory.getbasetemp() / "damaged"
    path.write_bytes(content)
    obj = SourceObject(f"s3://b/{name}", "e", len(content), datetime(2025, 1, 1, tzinfo=UTC), "s")
    source = KnowledgeSource(name="s", uri="s3://b/")

    made = list(prepare(path, obj, source, "key", FakeEncoder(), Knowledge()))

    assert made
    for one in made:
        if isinstance(one, SetAside):
            assert one.reason
            assert len(one.detail.encode()) <= 2000
        else:
            assert isinstance(one, Document)
            assert one.chunks
            assert one.metadata.title


def damaged(content: bytes, damage: Sequence[tuple[int, bytes]]) -> bytes:
    for place, instead in damage:
        at = place % (len(content) + 1)
        content = content[:at] + instead + content[at + len(instead) + place % 3 :]
    return content
