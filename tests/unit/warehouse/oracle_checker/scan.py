"""The places in the code that send a statement: each must be one whose statements are known.

A statement is text in a file, asked for by ``statement("room/name")`` or ``filled("name")``, or is
composed by the warehouse itself. A place that does otherwise is found here, and so is a text that
looks like SQL and that the warehouse was not seen to send.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from cloudledger.sql import SQL_ROOT
from oracle_checker import composed
from oracle_checker.sources import OF_DUCKDB, SHARED

ROOT = SQL_ROOT.parent
ROOMS = ("include", "plugins", "dags")
SENDING = frozenset({"execute", "execute_many", "executemany", "query", "callproc", "callfunc"})
OF_DUCKDB_ALONE = re.compile(r"include/cloudledger/(warehouse/(duckdb|copy)|lake/\w+|workers)\.py")
"""Modules that have a DuckDB connection under another name than ``con``."""
LOOKS_LIKE_SQL = re.compile(
    r"\s*(SELECT\s|WITH\s+\w+\s+AS\s*\(|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s"
    r"|MERGE\s+INTO\s|TRUNCATE\s+TABLE\s|(CREATE|ALTER|DROP)\s+(OR\s+REPLACE\s+)?[A-Z]+\s"
    r"|BEGIN\s+[A-Z]|DECLARE\s|EXPLAIN\s+PLAN\s|LOCK\s+TABLE\s|GRANT\s|COMMENT\s+ON\s)"
)
MAY_SEND = re.compile(
    r"\b(execute|execute_many|executemany|query|insert|stage|callproc|callfunc|statement|filled)\(|"
    r"\b(SELECT|WITH|INSERT|UPDATE|DELETE|MERGE|TRUNCATE|CREATE|ALTER|DROP|BEGIN|DECLARE|EXPLAIN|"
    r"LOCK|GRANT|COMMENT)\s"
)
HOLE = "\0"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is sent: module, function, and the expression that is sent."""

    module: str
    function: str
    sent: str


@cache
def modules() -> dict[str, ast.Module]:
    """Those that name what sends or asks, or hold a text that may be SQL."""
    found = {}
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if MAY_SEND.search(text):
                found[str(path.relative_to(ROOT))] = ast.parse(text)
    return found


def unexplained(name: str, tree: ast.Module) -> Iterator[Place]:
    """The calls whose statement no file and no text explains; texts are :func:`texts`."""
    if OF_DUCKDB_ALONE.fullmatch(name):
        return
    asking = _asking(tree)
    for function, node in _within(tree):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if called not in SENDING or not node.args or _is_duckdb(node) or _is_super(node):
            continue
        values = _values(node.args[0], function)
        if not all(_is_explained(one, asking) for one in values):
            title = getattr(function, "name", "")
            yield Place(name, title, ast.unparse(node.args[0]))


def files(tree: ast.Module) -> Iterator[str]:
    """What is asked for of sql/: the names, with ``*`` for what is not known before it runs."""
    passed = {id(node) for node in _not_for_oracle(tree)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and id(node) not in passed and (asked := _asked(node)):
            yield asked


def exist(asked: str) -> bool:
    """Whether such files are there, in rooms that are known."""
    room = asked.split("/")[0]
    places = [SQL_ROOT.glob(f"{asked}.sql"), *(SQL_ROOT.glob(f"{e}/{asked}.sql") for e in _ENGINES)]
    return room in SHARED + OF_DUCKDB and any(True for found in places for _ in found)


_ENGINES = ("duckdb", "oracle")


def texts(name: str, tree: ast.Module) -> Iterator[str]:
    """Texts that look like SQL for Oracle; HOLE stands for what is written into them."""
    if OF_DUCKDB_ALONE.fullmatch(name):
        return
    passed = {id(node) for node in _not_for_oracle(tree)}
    inner = {
        id(value)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for value in node.values
    }
    for node in ast.walk(tree):
        if id(node) not in passed | inner and LOOKS_LIKE_SQL.match(text := _text(node)):
            yield text


def is_composed(text: str) -> bool:
    """Whether what is made from the text is among what was recorded from the warehouse."""
    parts = (re.escape(part) for part in text.split(HOLE))
    made = re.compile(r"[\w$, :*]+".join(parts))
    return any(made.fullmatch(one) for one in composed.recorded())


def _not_for_oracle(tree: ast.Module) -> Iterator[ast.AST]:
    """Docstrings, and everything in what a DuckDB connection is given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        if isinstance(node, ast.Call) and _is_duckdb(node):
            yield from (inner for one in node.args for inner in ast.walk(one))


def _is_duckdb(node: ast.Call) -> bool:
    """``con`` is DuckDB's connection in this project, and nothing else is called so."""
    if not isinstance(node.func, ast.Attribute):
        return False
    of = node.func.value
    name = of.attr if isinstance(of, ast.Attribute) else getattr(of, "id", "")
    return name == "con"


def _within(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Calls, each with the innermost function that it is in."""
    todo: list[tuple[ast.AST, ast.AST]] = [(tree, tree)]
    while todo:
        function, node = todo.pop()
        if isinstance(node, ast.Call):
            yield function, node
        inner = node if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else function
        todo += [(inner, child) for child in ast.iter_child_nodes(node)]


def _values(sent: ast.expr, function: ast.AST, depth: int = 3) -> list[ast.expr]:
    """What an expression may be: a name is all that its function gives it."""
    if isinstance(sent, ast.IfExp):
        return [*_values(sent.body, function), *_values(sent.orelse, function)]
    if not isinstance(sent, ast.Name) or not depth:
        return [sent]
    given = [one for node in ast.walk(function) for one in _given(node, sent.id)]
    return [value for one in given for value in _values(one, function, depth - 1)] or [sent]


def _given(node: ast.AST, name: str) -> list[ast.expr]:
    """What an assignment, or a loop over a row of values, gives to a name."""
    if isinstance(node, ast.Assign) and any(_is_name(to, name) for to in node.targets):
        return [node.value]
    if isinstance(node, ast.For) and _is_name(node.target, name):
        return node.iter.elts if isinstance(node.iter, ast.Tuple | ast.List) else [node.iter]
    return []


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_explained(sent: ast.expr, asking: frozenset[str]) -> bool:
    if isinstance(sent, ast.Constant | ast.JoinedStr):
        return bool(LOOKS_LIKE_SQL.match(_text(sent)))
    if not isinstance(sent, ast.Call):
        return False
    return bool(_asked(sent)) or (isinstance(sent.func, ast.Name) and sent.func.id in asking)


def _asking(tree: ast.Module) -> frozenset[str]:
    """The functions of a module that return what they ask for of sql/, and nothing else."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            given = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
            if given and all(isinstance(one, ast.Call) and _asked(one) for one in given):
                found.add(node.name)
    return frozenset(found)


def _is_super(node: ast.Call) -> bool:
    return ast.unparse(node.func).startswith("super()")


def _asked(node: ast.Call) -> str:
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name not in {"statement", "filled"} or not node.args:
        return ""
    text = _text(node.args[0]) or HOLE
    return ("knowledge/" if name == "filled" else "") + text.replace(HOLE, "*")


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(one) if isinstance(one, ast.Constant) else HOLE for one in node.values)
    return ""
