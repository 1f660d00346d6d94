"""Every word of a query or change is one that is known: of the language, of the schema, of its own.

Parsers take any function and any column. Here a word is a keyword, a function that Oracle has, a
relation of the schema or a column of a relation that the statement names, an alias, or a bind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from oracle_checker.dictionary import FUNCTIONS, KEYWORDS, MADE_TABLES, OWN_VIEW, VIEWS
from oracle_checker.words import Word, words

BEFORE_RELATION = frozenset({"FROM", "JOIN", "INTO", "UPDATE", "USING"})


def unknown(statement: str, relations: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The words that nothing explains; ``relations``: the schema's, with their columns."""
    every = [word for word in words(statement) if word.kind in {"word", "op", "bind", "number"}]
    own = _own_names(every)
    named = [w.text.lower() for w in every if w.kind == "word"]
    known = dict(relations) | VIEWS
    yield from _no_relations(every, known.keys() | own)
    columns = {column for name in named for column in known.get(name, ())}
    foreign = bool(foreign_views(statement))
    yield from _misplaced(every, known)
    yield from _in_a_row(every)
    for place, word in enumerate(every):
        name = word.text.lower()
        if word.kind != "word" or name in own or name in columns or name in known:
            continue
        calls = place + 1 < len(every) and every[place + 1].text == "("
        follows = place > 0 and every[place - 1].text == "."
        if follows and not foreign:
            yield f"{every[place - 2].text}.{word.text}: no such column"
        elif calls and word.upper not in FUNCTIONS | KEYWORDS:
            yield f"{word.text}(): no function that is known of Oracle"
        elif not calls and not foreign and word.upper not in KEYWORDS:
            yield f"{word.text}: no column, alias or keyword"


def _misplaced(every: Sequence[Word], known: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Columns of another table than the one whose alias they are written with."""
    of: dict[str, set[str]] = {}
    for place in range(1, len(every) - 1):
        name, alias = every[place].text.lower(), every[place + 1]
        listed = every[place - 1].upper in BEFORE_RELATION or every[place - 1].text == ","
        if listed and name in known and alias.kind == "word" and alias.upper not in KEYWORDS:
            of.setdefault(alias.text.lower(), set()).add(name)
    for place in range(1, len(every) - 1):
        tables = of.get(every[place - 1].text.lower(), set())
        column = every[place + 1].text.lower()
        if every[place].text != "." or every[place - 2].text == ".":
            continue
        if tables and not any(column in known[table] for table in tables):
            yield f"{every[place - 1].text}.{column}: no such column of {' or '.join(tables)}"


def _in_a_row(every: Sequence[Word]) -> Iterator[str]:
    """Three names with nothing between them: parsers let that pass within brackets."""
    is_name = [word.kind == "word" and word.upper not in KEYWORDS | FUNCTIONS for word in every]
    for place in range(len(every) - 2):
        if all(is_name[place : place + 3]):
            yield " ".join(word.text for word in every[place : place + 3]) + ": names in a row"


def foreign_views(statement: str) -> list[str]:
    """Oracle's own views that it reads and whose columns are not known here."""
    every = words(statement)
    names = {
        every[place + 1].text.lower()
        for place in range(len(every) - 1)
        if every[place].upper in BEFORE_RELATION
    } - _own_names(every)
    return sorted(name for name in names if OWN_VIEW.fullmatch(name) and name not in VIEWS)


def _own_names(every: Sequence[Word]) -> set[str]:
    """Aliases, the names of WITH, and the columns that JSON_TABLE makes."""
    own = set()
    for place, word in enumerate(every):
        if word.kind != "word" or word.upper in KEYWORDS | FUNCTIONS:
            continue
        before = every[place - 1] if place else None
        after = [one.upper for one in every[place + 1 : place + 3]]
        if before is None:
            continue
        starts_with = before.upper == "WITH" or (before.text == "," and "AS" in after)
        made = before.text == "(" and every[place - 2].upper == "COLUMNS"
        is_alias = before.text == ")" or (before.kind == "word" and before.upper not in KEYWORDS)
        if before.upper == "AS" or after == ["AS", "("] or starts_with or made or is_alias:
            own.add(word.text.lower())
        if starts_with and after[:1] == ["("]:
            own |= _listed(every, place + 1)
    return own


def _listed(every: Sequence[Word], opens: int) -> set[str]:
    found = set()
    for word in every[opens + 1 :]:
        if word.text == ")":
            break
        if word.kind == "word":
            found.add(word.text.lower())
    return found


def _no_relations(every: Sequence[Word], known: set[str]) -> Iterator[str]:
    for place in range(len(every) - 1):
        after = every[place + 1]
        if every[place].upper not in BEFORE_RELATION or after.kind != "word":
            continue
        if every[place].upper == "FROM" and _of_function(every, place):
            continue
        name = after.text.lower()
        if after.upper in KEYWORDS | MADE_TABLES or name in known or OWN_VIEW.fullmatch(name):
            continue
        yield f"{after.text}: no table, view or synonym"


def _of_function(every: Sequence[Word], place: int) -> bool:
    """Whether a FROM is that of EXTRACT (... FROM ...) or TRIM."""
    return any(
        every[at].upper in {"EXTRACT", "TRIM"} and every[at + 1].text == "("
        for at in range(max(place - 3, 0), place)
    )
