"""The words of Oracle's SQL that statements here may use, and the columns of its own views.

Sources: Oracle AI Database 26ai SQL Language Reference ("SQL Functions", "Pseudocolumns", "Data
Types", accuracy_clause), Database Reference (static data dictionary views, dynamic performance
views). A word that is missing is added when the manual has it.
"""

from __future__ import annotations

import re

_KEYWORDS = """
ALL AND ANY AS ASC BETWEEN BY CASE CROSS CURRENT DATE DELETE DESC DISTINCT ELSE END ESCAPE EXISTS
FETCH FIRST FOLLOWING FOR FROM FULL GROUP HAVING IN INNER INSERT INTERSECT INTO IS JOIN LAST LEFT
LIKE MATCHED MERGE MINUS NEXT NOT NULL NULLS OFFSET ON ONLY OR ORDER OUTER OVER PARTITION
PRECEDING RANGE RIGHT ROW ROWS SELECT SET THEN TIES TIMESTAMP UNBOUNDED UNION UPDATE USING VALUES
WHEN WHERE WITH WITHIN YEAR MONTH DAY HOUR MINUTE SECOND AT TIME ZONE INTERVAL DECIMAL NUMBER
VARCHAR2 CHAR CLOB VECTOR FLOAT32 FLOAT64 INT8 BINARY BYTE INTEGER APPROX APPROXIMATE EXACT
TARGET ACCURACY PARAMETERS EFSEARCH NEIGHBOR PROBES PERCENT COSINE DOT EUCLIDEAN
EUCLIDEAN_SQUARED L2_SQUARED MANHATTAN HAMMING JACCARD USER ROWNUM BINARY_DOUBLE BINARY_FLOAT TO
DEFAULT ERROR CONVERSION COLUMNS PATH
"""
_FUNCTIONS = """
ABS AVG CAST CEIL COALESCE COUNT DECODE DENSE_RANK EXP EXTRACT FIRST_VALUE FLOOR FROM_VECTOR
GREATEST INSTR JSON_TABLE LAG LAST_VALUE LEAD LEAST LENGTH LENGTHB LISTAGG LN LOG LOWER LPAD
LTRIM MAX MEDIAN MIN MOD NTILE NULLIF NVL NVL2 PERCENTILE_CONT POWER RANK REPLACE ROUND
ROW_NUMBER RPAD RTRIM SIGN SQRT STANDARD_HASH STDDEV SUBSTR SUM SYS_CONTEXT SYS_EXTRACT_UTC
TO_CHAR TO_CLOB TO_DATE TO_NUMBER TO_TIMESTAMP TO_VECTOR TRANSLATE TRIM TRUNC UPPER
VECTOR_DIMENSION_COUNT VECTOR_DISTANCE VECTOR_NORM
"""
KEYWORDS = frozenset(_KEYWORDS.split())
FUNCTIONS = frozenset(_FUNCTIONS.split())
_VIEWS = {
    "dual": "dummy",
    "plan_table": "statement_id plan_id timestamp remarks operation options object_node"
    " object_owner object_name object_alias object_instance object_type optimizer search_columns"
    " id parent_id depth position cost cardinality bytes",
    "user_constraints": "owner constraint_name constraint_type table_name status deferrable"
    " deferred validated index_name",
    "user_annotations_usage": "object_name object_type column_name domain_owner domain_name"
    " annotation_name annotation_value",
    "user_tab_columns": "table_name column_name data_type data_length data_precision data_scale"
    " nullable column_id domain_owner domain_name",
    "user_tables": "table_name tablespace_name status num_rows temporary",
    "user_synonyms": "synonym_name table_owner table_name db_link",
    "user_indexes": "index_name index_type index_subtype table_owner table_name uniqueness status"
    " num_rows visibility",
    "user_objects": "object_name object_type status created last_ddl_time",
    "v$vector_index": "owner index_name partition_name index_organization index_objn"
    " allocated_bytes used_bytes num_vectors num_repop index_used_count distance_type"
    " index_dimensions index_dim_type default_accuracy con_id",
    "v$vector_graph_index": "owner index_name partition_name index_objn anchor_address"
    " index_graph_type num_layers num_vectors sparse_layer_vectors num_neighbors ef_construction"
    " total_edges ref_count query_dist_count con_id",
    "v$vector_partitions_index": "owner index_name partition_name index_objn"
    " centroids_anchor_address index_partitions_type num_neighbor_partitions num_vectors"
    " min_partition_vectors_count max_partition_vectors_count index_used_count"
    " avg_partitions_scanned con_id",
}
VIEWS = {name: columns.split() for name, columns in _VIEWS.items()}
"""Columns of Oracle's own views, as far as they are known here."""
OWN_VIEW = re.compile(r"(USER|ALL|DBA)_\w+|G?V\$\w+|VECSYS|PLAN_TABLE|DUAL", re.IGNORECASE)
MADE_TABLES = frozenset({"JSON_TABLE"})
