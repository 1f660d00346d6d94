"""Files into statements, as SQL*Plus would cut them."""

from __future__ import annotations

from cloudledger.warehouse.statements import split


def test_semicolons_end_statements_but_not_in_texts_names_or_comments():
    text = """
    -- first; not an end
    CREATE TABLE a (b NUMBER); /* ; */
    COMMENT ON TABLE a IS 'one; two, it''s "three;"';
    SELECT 1 AS "x;y" -- trailing; comment
    FROM dual
    """
    statements = split(text)
    assert [statement.split()[0] for statement in statements] == ["CREATE", "COMMENT", "SELECT"]
    assert statements[1].endswith("""it''s "three;"'""")
    assert '"x;y"' in statements[2]


def test_a_plsql_block_ends_at_its_slash_and_keeps_its_semicolons():
    text = """
CREATE TABLE a (b NUMBER);
-- why
CREATE OR REPLACE TRIGGER t BEFORE INSERT ON a FOR EACH ROW
BEGIN
    :new.b := 10 / 2;
END;
/
BEGIN
    NULL;
END;
/
CREATE TABLE c (d NUMBER);
"""
    statements = split(text)
    assert len(statements) == 4
    assert statements[1].startswith("CREATE OR REPLACE TRIGGER")
    assert statements[1].endswith("END;")
    assert "10 / 2" in statements[1]
    assert statements[2] == "BEGIN\n    NULL;\nEND;"
    assert statements[3] == "CREATE TABLE c (d NUMBER)"


def test_nothing_but_comments_is_no_statement():
    assert split("-- nothing;\n/* here */ ;\n;") == []
