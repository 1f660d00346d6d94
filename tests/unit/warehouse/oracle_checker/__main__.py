"""Write docs/oracle_statements.md anew: ``make oracle-statements``."""

from oracle_checker.listed import PAGE, page

PAGE.write_text(page(), encoding="utf-8")
