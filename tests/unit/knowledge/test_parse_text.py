"""Markdown, plain text, HTML and CSV become blocks of text and metadata."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cloudledger.knowledge.document import Parsed, Unreadable
from cloudledger.knowledge.reading.normalise import cut, normalised, normalised_lines
from cloudledger.knowledge.reading.parse import parse
from cloudledger.knowledge.reading.parse.aside import Aside
from cloudledger.knowledge.reading.parse.media import CSV, HTML, MARKDOWN, PLAIN, media_type

Read = Callable[[str, str], list[Parsed | Aside]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read_it(content: str, kind: str) -> list[Parsed | Aside]:
        path = tmp_path / "file"
        path.write_text(content, encoding="utf-8", newline="")
        return list(parse(path, kind, "file"))

    return read_it


def blocks(found: list[Parsed | Aside]) -> list[tuple[str, str]]:
    (only,) = found
    assert isinstance(only, Parsed)
    return [(block.kind.value, normalised(block.text)) for block in only.blocks]


def test_markdown_keeps_its_structure(read: Read) -> None:
    content = """Intro with *emphasis*, `code` and a [link](http://x).
Same paragraph.

# One
- item one

  more of it
  - nested
> quoted

```sh
run  --now
```

| Region | Price |
|---|---|
| Frankfurt | 3 |
| Ashburn | |

<div>Raw <b>HTML</b><script>no()</script></div>
"""
    assert blocks(read(content, MARKDOWN)) == [
        ("paragraph", "Intro with emphasis, code and a link. Same paragraph."),
        ("heading", "One"),
        ("list_item", "item one"),
        ("list_item", "more of it"),
        ("list_item", "nested"),
        ("paragraph", "quoted"),
        ("code", "run --now"),
        ("row", "Region: Frankfurt | Price: 3"),
        ("row", "Region: Ashburn"),
        ("paragraph", "Raw HTML"),
    ]


def test_front_matter_is_texts_and_lists_of_texts(read: Read) -> None:
    content = "---\nID: 007\nregion: no\ntags: a, b; a\ndate: 2025-13-45\ndeep: {a: b}\n---\nText."

    (found,) = read(content, MARKDOWN)

    assert isinstance(found, Parsed)
    assert found.declared_id == "007"
    assert (found.metadata.region, found.metadata.tags) == ("no", ("a", "b"))
    assert found.metadata.document_date is None


def test_a_line_of_dashes_that_is_no_front_matter_is_text(read: Read) -> None:
    assert blocks(read("---\nJust words\n---\n\nText.", MARKDOWN))[-1] == ("paragraph", "Text.")


@pytest.mark.parametrize(
    ("content", "kind"), [("> " * 300 + "deep", MARKDOWN), ("<div>" * 300 + "deep", HTML)]
)
def test_what_is_nested_too_deep_is_refused(content: str, kind: str, read: Read) -> None:
    with pytest.raises(Unreadable) as refused:
        read(content, kind)

    assert refused.value.reason == "nested"


def test_plain_text_is_parted_by_blank_lines_bullets_and_lines_that_end_early(read: Read) -> None:
    content = """The first paragraph is broken over lines as an e-mail's would be, with a
hyphen-
ated word and an early end.
The second one begins on a new line since the last was not full at all.

1. first
2. second that goes on
   here
"""
    assert blocks(read(content, PLAIN)) == [
        (
            "paragraph",
            "The first paragraph is broken over lines as an e-mail's would be, with a"
            " hyphenated word and an early end.",
        ),
        ("paragraph", "The second one begins on a new line since the last was not full at all."),
        ("list_item", "1. first"),
        ("list_item", "2. second that goes on here"),
    ]


PAGE = """<!DOCTYPE html>
<html><head><title>Tags &amp; owners</title>
<meta name="Department" content="FinOps"><meta name="keywords" content="tag, owner">
<meta property="article:published_time" content="2025-01-31T23:30:00-05:00">
<meta name="document-id" content="tags"></head>
<body><nav>Menu</nav><script>evil()</script><style>p{}</style><p hidden>unseen</p>
<h1>Own<b>ers</b></h1><p>Ask<br>them. <!-- not this --></p>loose words
<ul><li>one<ul><li>inner</li></ul></li></ul>
<pre>a
  b</pre>
<table><caption>Prices</caption><tr><th>Tag</th><th>Value</th></tr>
<tr><td>env</td><td>prod</td></tr></table>
<table><tr><td><h2>Laid out</h2><p>by a table</p></td></tr></table>
</body></html>"""


def test_html_is_read_as_people_see_it(read: Read) -> None:
    found = read(PAGE, HTML)

    assert blocks(found) == [
        ("heading", "Owners"),
        ("paragraph", "Ask them."),
        ("paragraph", "loose words"),
        ("list_item", "one"),
        ("list_item", "inner"),
        ("code", "a b"),
        ("paragraph", "Prices"),
        ("row", "Tag: env | Value: prod"),
        ("heading", "Laid out"),
        ("paragraph", "by a table"),
    ]
    (page,) = found
    assert isinstance(page, Parsed)
    assert page.declared_id == "tags"
    told = page.metadata
    assert (told.title, told.department, told.tags) == (
        "Tags & owners",
        "FinOps",
        ("owner", "tag"),
    )
    assert told.document_date == date(2025, 2, 1)


def test_html_in_an_encoding_that_it_declares(tmp_path: Path) -> None:
    path = tmp_path / "page"
    path.write_bytes(b'<html><meta charset="iso-8859-2"><p>\xb3\xf3d\xbc</p></html>')

    assert blocks(list(parse(path, HTML, "page"))) == [("paragraph", "łódź")]


def test_each_row_of_csv_is_a_document(read: Read) -> None:
    content = (
        'ID;Title;Text;Owner;Tags\nfaq-1;Why?;"Because; really.\n\nTwice.";ann;a,b\n'
        "7;What?;That.;;\n;;Nameless.;;\n"
    )

    first, second, third = read(content, CSV)

    assert isinstance(first, Parsed)
    assert (first.part, first.declared_id, first.metadata.title) == ("faq-1", "faq-1", "Why?")
    assert first.metadata.tags == ("a", "b")
    assert blocks([first]) == [
        ("paragraph", "Because; really."),
        ("paragraph", "Twice."),
        ("row", "owner: ann"),
    ]
    assert isinstance(second, Parsed)
    assert (second.part, second.declared_id) == ("7", "")
    assert isinstance(third, Parsed)
    assert third.part.startswith("row-")


def test_a_row_that_cannot_be_read_is_set_aside_alone(read: Read) -> None:
    content = "id,text\na,\nb,one,two\nc,fine\nc,again\n"

    found = read(content, CSV)

    assert [one.reason if isinstance(one, Aside) else one.part for one in found] == [
        "no_text",
        "columns",
        "c",
        "duplicate_id",
    ]
    assert [one.part for one in found] == ["a", "b", "c", "c line 5"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("id,name\n1,a\n", "no_text_column"),
        ("text\n" + "a" * 140_000, "broken"),
        ('text\na\n"' + "b\n" * 100_000, "broken"),
    ],
)
def test_a_csv_file_of_which_nothing_can_be_read(content: str, reason: str, read: Read) -> None:
    with pytest.raises(Unreadable) as refused:
        read(content, CSV)

    assert refused.value.reason == reason


def test_a_file_is_told_by_its_first_bytes_before_its_name(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content, name, kind in (
        (b"%PDF-1.7 and so on", "a.txt", "application/pdf"),
        (b"\xef\xbb\xbf <!DOCTYPE html><p>", "a.txt", HTML),
        (b"<html>", "a", HTML),
        (b"text", "a.MD", MARKDOWN),
    ):
        path.write_bytes(content)
        assert media_type(path, name) == kind


def test_text_is_written_one_way() -> None:
    assert normalised("ﬁve\u00ad \u200boﬃces\t\n at\u00a0\uff11\uff12 m² 10⁶ e\u0301\0\ud800") == (
        "five offices at 12 m² 10⁶ é �"
    )
    assert normalised_lines("\n  a  \r\n\tb\u2028c\n\n") == "  a\n\tb\nc"
    assert [cut("ab cd", most) for most in (9, 5, 4, 3, 2, 1)] == ["ab cd"] * 2 + ["ab"] * 3 + ["a"]
