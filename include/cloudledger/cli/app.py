"""The commands, in the order that ``--help`` lists them."""

from __future__ import annotations

import typer

from cloudledger.cli import governance_commands as governance
from cloudledger.cli import insight_commands as insights
from cloudledger.cli import knowledge_commands as knowledge
from cloudledger.cli import ledger_commands as ledger
from cloudledger.cli.capacity import capacity
from cloudledger.cli.options import Home, Json

app = typer.Typer(
    name="cloudledger",
    help="A ledger of cloud cost: what was taken in, what it cost, and the proof that it adds up.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
app.command("take-in")(ledger.take_in_files)
for command in (
    ledger.cost,
    ledger.ledger,
    ledger.reconcile,
    ledger.summary,
    ledger.corrections,
    ledger.displaced,
    ledger.changes,
    ledger.completeness,
    ledger.usage,
    ledger.validate,
    ledger.export,
    ledger.bill,
    capacity,
    insights.anomalies,
    insights.explain,
    insights.forecast,
    insights.trends,
    insights.efficiency,
    governance.budgets,
    governance.plans,
    governance.chargeback,
    governance.tags,
    governance.notifications,
    knowledge.search,
):
    app.command()(command)
app.add_typer(knowledge.app)


@app.command()
def doctor(home: Home = None, json: Json = False) -> None:
    """Check settings, folders, warehouse, connections and versions; say what to mend."""
    from cloudledger.cli.doctor import examine

    raise typer.Exit(0 if examine(home, json=json) else 1)
