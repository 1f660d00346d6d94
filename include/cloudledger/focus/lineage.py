"""Which columns of ``raw`` each column of a mapping is made of, read from the statement itself.

So that a mapping can be narrowed to some of its columns, without the joins that they do not need.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import duckdb

_Node = dict[str, Any]
_Needs = dict[str, set[str]]
"""Columns by the table that they are of."""

SOURCE = "raw"
ONE_LINE_EACH = ("where_clause", "having", "qualify", "sample", "group_expressions", "modifiers")
"""What a mapping has none of."""
OTHER_THAN_STAR = ("exclude_list", "qualified_exclude_list", "replace_list", "rename_list", "expr")
"""What makes a star other than a table's columns."""


class NotTraced(Exception):
    """A statement does more than make each line of one line of ``raw`` and of left joins."""


class Lineage:
    """One SELECT over ``raw``, taken apart.

    :raises NotTraced: it filters, groups or orders, or names a column without its table.
    """

    def __init__(self, select: str) -> None:
        with duckdb.connect() as con:
            ((text,),) = con.execute("SELECT json_serialize_sql($1)", [select]).fetchall()
        read = json.loads(text)
        if read["error"]:
            raise NotTraced(read["error_message"])
        self._node: _Node = read["statements"][0]["node"]
        if self._node["type"] != "SELECT_NODE":
            raise NotTraced("a mapping is one SELECT")
        self.columns = tuple(_names(self._node))
        self.made_of = {
            column: frozenset(_narrowed(self._node, {column})[1].get(SOURCE, ()))
            for column in self.columns
        }
        """The columns of ``raw`` that each selected column is made of."""
        self._only: dict[frozenset[str], str] = {}

    def only(self, columns: frozenset[str]) -> str:
        """The SELECT of these columns alone."""
        if columns not in self._only:
            self._only[columns] = self._narrowed(columns)
        return self._only[columns]

    def _narrowed(self, columns: frozenset[str]) -> str:
        node, _ = _narrowed(self._node, set(columns))
        with duckdb.connect() as con:
            text = json.dumps({"error": False, "statements": [{"node": node}]})
            ((select,),) = con.execute("SELECT json_deserialize_sql($1)", [text]).fetchall()
        return str(select)


@cache
def lineage(select: str) -> Lineage:
    """A statement taken apart once in the life of a process."""
    return Lineage(select)


def _narrowed(node: _Node, wanted: set[str]) -> tuple[_Node, _Needs]:
    """The SELECT of ``wanted`` alone, and what it needs of the tables that it does not define."""
    if any(node[clause] for clause in ONE_LINE_EACH):
        raise NotTraced("a mapping makes one line of each record: it cannot filter, group or order")
    items = list(_kept(node["select_list"], wanted))
    needs: _Needs = {}
    _add(needs, items)
    table = _joined(node["from_table"], needs)
    ctes: list[_Node] = []
    for cte in reversed(node["cte_map"]["map"]):
        if cte["key"] in needs:
            inner, more = _narrowed(cte["value"]["query_node"], needs.pop(cte["key"]))
            for name, columns in more.items():
                needs.setdefault(name, set()).update(columns)
            ctes.insert(0, cte | {"value": cte["value"] | {"query_node": inner}})
    return node | {"select_list": items, "from_table": table, "cte_map": {"map": ctes}}, needs


def _names(node: _Node) -> Iterator[str]:
    ctes = {cte["key"]: cte["value"]["query_node"] for cte in node["cte_map"]["map"]}
    for item in node["select_list"]:
        if item["class"] != "STAR":
            yield _name(item)
        elif item["relation_name"] in ctes:
            yield from _names(ctes[item["relation_name"]])
        else:
            raise NotTraced(f"the columns of {item['relation_name']}.* are not known")


def _name(item: _Node) -> str:
    return str(item["alias"] or item["column_names"][-1])


def _kept(items: list[_Node], wanted: set[str]) -> Iterator[_Node]:
    """The items for these columns; a star becomes those of them that no other item makes."""
    made = {_name(item) for item in items if item["class"] != "STAR"}
    for item in items:
        if item["class"] == "STAR":
            if not item["relation_name"] or any(item[change] for change in OTHER_THAN_STAR):
                raise NotTraced("a star stands for one named table's columns, as they are")
            for name in sorted(wanted - made):
                path = [item["relation_name"], name]
                kind = {"class": "COLUMN_REF", "type": "COLUMN_REF"}
                yield kind | {"alias": "", "query_location": 0, "column_names": path}
        elif _name(item) in wanted:
            yield item


def _joined(table: _Node, needs: _Needs) -> _Node:
    """The tables that are needed; ``needs`` then names them, not their aliases, and grows by what
    their joins need."""
    if table["type"] == "BASE_TABLE":
        if table["alias"]:
            needs[table["table_name"]] = needs.pop(table["alias"])
        needs.setdefault(table["table_name"], set())
        return table
    if table["type"] != "JOIN" or table["join_type"] != "LEFT":
        raise NotTraced(f"a mapping reads tables and left joins, not {table['type']}")
    if (table["right"]["alias"] or table["right"]["table_name"]) not in needs:
        return _joined(table["left"], needs)
    _add(needs, [table["condition"]])
    return table | {"right": _joined(table["right"], needs), "left": _joined(table["left"], needs)}


def _add(needs: _Needs, part: Any) -> None:
    """Add every column that an expression names."""
    if isinstance(part, list):
        for one in part:
            _add(needs, one)
    elif isinstance(part, dict):
        if part.get("class") in ("SUBQUERY", "WINDOW", "LAMBDA"):
            raise NotTraced(f"a mapping computes each line for itself, without {part['class']}")
        if part.get("class") == "COLUMN_REF":
            if len(part["column_names"]) != 2:
                raise NotTraced(f"{'.'.join(part['column_names'])} is not a table's column")
            table, column = part["column_names"]
            needs.setdefault(table, set()).add(column)
        else:
            for one in part.values():
                _add(needs, one)
