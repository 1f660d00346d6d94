"""A strict reader of the statements that an Oracle AI Database is sent: no database runs here, so
each must be right by construction.

``sources`` says where statements come from, ``scan`` that there are no others, ``judge`` what is
wrong with one, ``listed`` which ones cannot be judged as a whole (docs/oracle_statements.md).
"""
