"""Run a suite over a frame through Great Expectations, in memory: no files, no Data Docs."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cloudledger import exact
from cloudledger.quality.expectations import (
    Condition,
    Expectation,
    ExpectationResult,
    Operator,
    Suite,
)

if TYPE_CHECKING:
    import pandas as pd

LINES = "lines"
"""The column of a frame that says how many ledger lines a row stands for; 1 where it is absent."""
EXAMPLE = "example"
"""The column of a frame that names one of the row's lines, for the person who looks for it."""
SAMPLES = 5


def validate(frame: pd.DataFrame, suite: Suite) -> tuple[ExpectationResult, ...]:
    """What each expectation of the suite found in the frame, in the suite's order.

    Costs about 4 s of CPU at the first call of a process for the library's import, then about
    10 ms an expectation and 1 µs a row. A column that the frame does not have breaks the
    expectation instead of raising.

    :raises ValueError: for an expectation that Great Expectations does not know or accept.
    """
    frame = frame.reset_index(drop=True)
    found = _run(
        frame,
        {
            order: item
            for order, item in enumerate(suite.expectations)
            if set(item.columns) <= set(frame.columns)
        },
    )
    return tuple(
        _result(suite.stage, item, frame, found.get(order))
        for order, item in enumerate(suite.expectations)
    )


def _run(frame: pd.DataFrame, expectations: Mapping[int, Expectation]) -> dict[int, Any]:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            progress_bars=ProgressBarsConfig(globally=False),
            analytics_enabled=False,
        ),
    )
    batch = (
        context.data_sources.add_pandas("ledger")
        .add_dataframe_asset("slice")
        .add_batch_definition_whole_dataframe("whole")
        .get_batch({"dataframe": frame})
    )
    translated = [_translate(item, order) for order, item in expectations.items()]
    with warnings.catch_warnings():
        # It compares instants by Series.values, which pandas will change; ours are all in UTC.
        warnings.simplefilter("ignore", DeprecationWarning)
        outcome = batch.validate(
            gx.ExpectationSuite("slice", translated),
            result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False},
        )
    results: list[Any] = outcome.results
    return {found.expectation_config.meta["order"]: found for found in results}


def _translate(expectation: Expectation, order: int) -> Any:
    from great_expectations.exceptions.exceptions import ExpectationNotFoundError
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    arguments = dict(expectation.arguments)
    if expectation.where:
        arguments["row_condition"] = _row_condition(expectation.where)
    try:
        return ExpectationConfiguration(
            type=expectation.type, kwargs=arguments, meta={"order": order}
        ).to_domain_obj()
    except (ExpectationNotFoundError, ValueError, TypeError) as error:
        raise ValueError(
            f"Great Expectations refuses {expectation.rule!r}: {error}. Give its `type` and "
            "`arguments` as its gallery names them"
        ) from error


def _row_condition(where: Sequence[Condition]) -> Any:
    from great_expectations.expectations.row_conditions import Column

    def one(condition: Condition) -> Any:
        column = Column(condition.column)
        match condition.operator:
            case Operator.IS:
                return column == condition.value
            case Operator.IS_NOT:
                return column != condition.value
            case Operator.IN:
                return column.is_in(condition.value)
            case Operator.IS_NULL:
                return column.is_null()
            case Operator.IS_NOT_NULL:
                return column.is_not_null()

    joined = one(where[0])
    for condition in where[1:]:
        joined = joined & one(condition)
    return joined


def _result(
    stage: str, expectation: Expectation, frame: pd.DataFrame, found: Any | None
) -> ExpectationResult:
    success, observed, count, details = False, "not looked at", 0, ""
    if found is None:
        missing = [name for name in expectation.columns if name not in frame.columns]
        details = f"the frame has no column {', '.join(missing)}"
    elif not found.result:
        details = _raised(found.exception_info)
    elif "unexpected_index_list" in found.result:
        success = bool(found.success)
        rows = frame.loc[found.result["unexpected_index_list"] or []]
        count = _lines(rows)
        observed = f"{count:,} of {_lines(frame):,} lines"
        details = _details(rows, expectation) if count else ""
    else:
        success = bool(found.success)
        observed = f"observed {_text(found.result.get('observed_value'))}"
    return ExpectationResult(
        stage=stage,
        expectation=expectation.rule,
        column=", ".join(expectation.judged),
        severity=expectation.severity,
        success=success,
        observed=observed,
        unexpected_count=count,
        details=details,
    )


def _lines(rows: pd.DataFrame) -> int:
    return int(rows[LINES].sum()) if LINES in rows else len(rows)


def _details(rows: pd.DataFrame, expectation: Expectation) -> str:
    values = rows[list(expectation.judged)].drop_duplicates()
    samples = [
        " and ".join(_text(value) for value in row)
        for row in values.head(SAMPLES).itertuples(index=False)
    ]
    more = f" and {len(values) - SAMPLES:,} more values" if len(values) > SAMPLES else ""
    where = f"; see {rows[EXAMPLE].iloc[0]}" if EXAMPLE in rows else ""
    return f"found {', '.join(samples)}{more}{where}"


def _text(value: object) -> str:
    import pandas as pd

    if value is None or value is pd.NaT or value != value:
        return "nothing"
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Decimal):
        return exact.digits(value)
    return repr(value) if isinstance(value, str) else str(value)


def _raised(exception_info: dict[str, Any]) -> str:
    if "exception_message" in exception_info:
        return str(exception_info["exception_message"])
    return "; ".join(
        dict.fromkeys(str(found["exception_message"]) for found in exception_info.values())
    )
