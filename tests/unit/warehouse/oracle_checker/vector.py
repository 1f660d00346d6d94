"""Vector columns, vector indexes, and queries by distance.

Sources: Oracle AI Database 26ai, AI Vector Search User's Guide ("Create Tables Using the VECTOR
Data Type", "Hierarchical Navigable Small World Index Syntax and Parameters", "Inverted File Flat
CREATE INDEX", "Manage the Different Categories of Vector Indexes"); SQL Language Reference (CREATE
VECTOR INDEX, accuracy_clause); Release Notes ("Restrictions for Oracle AI Vector Search"); Error
Messages (ORA-51801, 51813, 51917, 51937). NEIGHBORS is >= 2 in the SQL Language Reference and > 0
in the User's Guide: the narrower one is kept to. GLOBAL is left out of both kinds' defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from oracle_checker.words import bare, plain

METRICS = frozenset(
    ["COSINE", "DOT", "EUCLIDEAN", "EUCLIDEAN_SQUARED", "L2_SQUARED", "MANHATTAN", "HAMMING"]
)
DISTANCES = METRICS | {"JACCARD"}
RANGES = {
    "NEIGHBORS": (2, 2048),
    "M": (2, 2048),
    "EFCONSTRUCTION": (1, 65535),
    "NEIGHBOR PARTITIONS": (1, 10_000_000),
    "SAMPLES_PER_PARTITION": (1, 2**31),
    "SAMPLE_PER_PARTITION": (1, 2**31),
    "MIN_VECTORS_PER_PARTITION": (0, 2**31),
    "EFSEARCH": (1, 65535),
    "NEIGHBOR PARTITION PROBES": (1, 10_000_000),
}
HNSW = frozenset({"NEIGHBORS", "M", "EFCONSTRUCTION"})
IVF = frozenset(RANGES) - HNSW - {"EFSEARCH", "NEIGHBOR PARTITION PROBES"}
TYPE = re.compile(
    r"\bVECTOR(?:\((?P<size>\d+|\*)(?: ?, (?P<format>\w+|\*))?(?: ?, (?P<storage>\w+|\*))?\)"
    r"|(?P<wrong>\([^)]*\)))",
    re.IGNORECASE,
)
INDEX = re.compile(
    r"CREATE VECTOR INDEX (?P<name>\w+) ON (?P<table>\w+) ?\((?P<column>\w+)\)"
    r"(?P<global> GLOBAL)? ORGANIZATION"
    r" (?P<kind>INMEMORY (?:NEIGHBOR )?GRAPH|(?:NEIGHBOR )?PARTITIONS)"
    r"(?: (?:WITH )?DISTANCE (?P<metric>\w+))?"
    r"(?: WITH TARGET ACCURACY (?P<accuracy>\d+)"
    r"(?: PERCENT)?)?(?: PARAMETERS ?\((?P<parameters>[^)]*)\))?"
    r"(?: PARALLEL (?P<parallel>\d+))?(?P<local> LOCAL)?(?P<online> ONLINE)?",
    re.IGNORECASE,
)
FETCH = re.compile(
    r"\bFETCH (?P<how>APPROXIMATE|APPROX|EXACT) (?:FIRST|NEXT) (?P<count>:\w+|\d+) ROWS? ONLY"
    r"(?: WITH TARGET ACCURACY (?:(?P<accuracy>\d+)(?: PERCENT)?|"
    r"PARAMETERS ?\((?P<parameters>[^)]*)\)))?(?= ?\)|$)",
    re.IGNORECASE,
)
DISTANCE = r"VECTOR_DISTANCE ?\([^(),]+, ?[^(),]+(?:, ?\w+)?\)"
KEY = re.compile(r"\bORDER BY (?P<key>(?:(?!\bORDER BY\b).)*?) ?(?:OFFSET \S+ ROWS? )?$", re.I)
NO_TABLE_FOR_VECTORS = {
    r"CREATE (GLOBAL|PRIVATE) TEMPORARY": "stage vectors in heap tables",
    r"CREATE (EXTERNAL|BLOCKCHAIN|IMMUTABLE|SHARDED|DUPLICATED)": "a heap table",
    r"\bORGANIZATION (INDEX|EXTERNAL)\b|\bCLUSTER\b": "a heap table",
}


def columns(statement: str) -> Iterator[str]:
    """What is wrong with the vector columns that a statement makes."""
    line = plain(bare(statement))
    made = re.match(r"CREATE .*?TABLE|ALTER TABLE", line, re.IGNORECASE)
    if not made or not re.search(r"\bVECTOR\b(?! INDEX)", line, re.IGNORECASE):
        return
    for pattern, instead in NO_TABLE_FOR_VECTORS.items():
        if match := re.search(pattern, line, re.IGNORECASE):
            yield f"{match[0]}: no table for vectors, {instead}"
    if re.match(r"ALTER TABLE \w+ MODIFY", line, re.IGNORECASE):
        yield "a vector's column is not changed: make another"
    for item in re.finditer(r"[(,] ?(\w+) (VECTOR\b(?:\([^)]*\))?)([^,]*)", line, re.IGNORECASE):
        yield from _type(item[2])
        if match := re.search(r"\b(DEFAULT|PRIMARY|UNIQUE|REFERENCES|CHECK)\b", item[3], re.I):
            yield f"{item[1]}: a vector has no {match[0].upper()}"
        rest = line[item.end() :]
        held = rf"\b(KEY|UNIQUE|CHECK|BY (RANGE|LIST|HASH)) ?\([^)]*\b{item[1]}\b"
        if match := re.search(held, rest, re.IGNORECASE):
            yield f"{item[1]}: a vector stands in no {match[1].upper()}"


def _type(written: str) -> Iterator[str]:
    match = TYPE.fullmatch(written)
    if written.upper() == "VECTOR":
        return
    if match is None or match["wrong"]:
        yield f"{written}: VECTOR(d|*, FLOAT32|FLOAT64|INT8|BINARY|*, DENSE|SPARSE|*)"
        return
    kind = (match["format"] or "*").upper()
    storage = (match["storage"] or "*").upper()
    if kind not in {"FLOAT32", "FLOAT64", "INT8", "BINARY", "*"}:
        yield f"{kind}: no format of vectors"
    if storage not in {"DENSE", "SPARSE", "*"}:
        yield f"{storage}: neither DENSE nor SPARSE"
    if kind == "BINARY" and storage == "SPARSE":
        yield "a BINARY vector is not SPARSE"
    if match["size"] != "*":
        size = int(match["size"])
        if not 1 <= size <= (65528 if kind == "BINARY" else 65535):
            yield f"ORA-51801: {size} dimensions, 1 to 65535 are allowed"
        elif kind == "BINARY" and size % 8:
            yield f"ORA-51813: {size} dimensions of BINARY are no multiple of 8"


def index(statement: str) -> Iterator[str]:
    """What is wrong with a CREATE VECTOR INDEX."""
    match = INDEX.fullmatch(plain(bare(statement)))
    if match is None:
        yield "CREATE VECTOR INDEX i ON t (c) ORGANIZATION ... DISTANCE ... WITH TARGET ACCURACY"
        return
    is_graph = "GRAPH" in match["kind"].upper()
    if match["metric"] and match["metric"].upper() not in METRICS:
        yield f"{match['metric']}: no metric of an index"
    if not match["metric"]:
        yield "say its DISTANCE: searches must name the same one"
    yield from _accuracy(match["accuracy"])
    if match["parallel"] and int(match["parallel"]) < 1:
        yield "PARALLEL is at least 1"
    if (match["online"] or match["local"]) and is_graph:
        yield "ONLINE and LOCAL are for neighbor partitions only"
    if match["online"] and match["local"]:
        yield "ONLINE is for a global index only"
    if match["parameters"] is not None:
        yield from _index_parameters(match["parameters"], is_graph)


def _index_parameters(written: str, is_graph: bool) -> Iterator[str]:
    allowed = HNSW if is_graph else IVF
    items = [" ".join(item.split()) for item in written.split(",")]
    kind = "HNSW" if is_graph else "IVF"
    if items[0].upper() != f"TYPE {kind}":
        yield f"ORA-51917: {items[0]}, where the organization is one of type {kind}"
    yield from _ranges(items[1:], allowed)


def _ranges(items: list[str], allowed: frozenset[str]) -> Iterator[str]:
    names = []
    for item in items:
        name, _, value = item.upper().rpartition(" ")
        names.append(name)
        if name not in allowed or not value.isdigit():
            yield f"{item}: none of {', '.join(sorted(allowed))}"
        elif not RANGES[name][0] <= int(value) <= RANGES[name][1]:
            yield f"{item}: {RANGES[name][0]} to {RANGES[name][1]} are allowed"
    if len(set(names)) != len(names):
        yield "a parameter is named twice"


def _accuracy(value: str | None) -> Iterator[str]:
    if value is not None and not 1 <= int(value) <= 100:
        yield f"ORA-51937: TARGET ACCURACY {value}, 1 to 100 are allowed"


def made(statement: str) -> tuple[str, str, str] | None:
    """Table, column and metric of a vector index; None of another statement."""
    match = INDEX.fullmatch(plain(bare(statement)))
    if match is None:
        return None
    return match["table"].lower(), match["column"].lower(), (match["metric"] or "COSINE").upper()


def search(statement: str, metrics: Mapping[str, str]) -> Iterator[str]:
    """What is wrong with a query by distance; ``metrics``: of each indexed column."""
    line = plain(statement)
    for call in re.finditer(r"VECTOR_DISTANCE ?\(([^()]*)\)", line, re.IGNORECASE):
        arguments = [part.strip() for part in call[1].split(",")]
        if len(arguments) != 3 or arguments[2].upper() not in DISTANCES:
            yield f"{call[0]}: two vectors and a metric"
    said = 0
    for match in re.finditer(r"\bFETCH (APPROX\w*|EXACT)\b", line, re.IGNORECASE):
        said += 1
        fetch = FETCH.match(line, match.start())
        if fetch is None:
            yield f"{line[match.start() :][:60]}: FETCH {match[1]} FIRST n ROWS ONLY [...]"
            continue
        yield from _accuracy(fetch["accuracy"])
        if fetch["parameters"] is not None:
            items = [" ".join(item.split()) for item in fetch["parameters"].split(",")]
            yield from _ranges(items, frozenset({"EFSEARCH", "NEIGHBOR PARTITION PROBES"}))
        yield from _ordered(line[: match.start()], line, fetch["how"].upper(), metrics)
        if fetch["how"].upper() == "EXACT" and (fetch["accuracy"] or fetch["parameters"]):
            yield "an EXACT fetch has no accuracy"
    for match in re.finditer(rf"ORDER BY ({DISTANCE})[^()]*?\bFETCH (FIRST|NEXT)\b", line, re.I):
        yield f"FETCH {match[2]}: say APPROX or EXACT of an order by distance"


def _ordered(before: str, line: str, how: str, metrics: Mapping[str, str]) -> Iterator[str]:
    found = KEY.search(before)
    key = found["key"].strip() if found else ""
    if re.search(r"\bDESC\b", key, re.IGNORECASE):
        yield "the nearest are asked for, not the farthest: no DESC"
        return
    key = re.sub(r" ASC$", "", key, flags=re.IGNORECASE)
    if named := re.fullmatch(r"\w+", key):
        defined = re.search(rf"({DISTANCE}) AS {named[0]}\b", line, re.IGNORECASE)
        key = defined[1] if defined else key
    if not re.fullmatch(DISTANCE, key, re.IGNORECASE):
        yield f"FETCH {how} wants the order of one VECTOR_DISTANCE alone"
        return
    if how == "EXACT":
        return
    left, right, metric = ([*key[key.index("(") + 1 : -1].split(","), "COSINE"])[:3]
    for side in (left, right):
        indexed = metrics.get(side.strip().split(".")[-1].lower())
        if indexed and indexed != metric.strip().upper():
            yield f"{metric.strip()}: the index measures {indexed}, so every vector is looked at"


def known_to_parsers(statement: str) -> str:
    """The statement with its fetches as parsers know them."""
    line = re.sub(r"(?i)\bFETCH\s+(?:APPROX(?:IMATE)?|EXACT)\s+", "FETCH ", statement)
    accuracy = r"(?is)(\bROWS?\s+ONLY)\s+WITH\s+TARGET\s+ACCURACY\s+(?:\d+(?:\s+PERCENT)?|"
    return re.sub(accuracy + r"PARAMETERS\s*\([^)]*\))", r"\1", line)
