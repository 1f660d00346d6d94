"""The pages of governance: what the tables say, escaped, and what to run where they are empty."""

from pathlib import Path

import pytest
from local_pages import HOSTILE, copy, text

from cloudledger.governance.change import Change
from tests.support import planted_governance as planted
from tests.support.alerts import many
from tests.support.books import Books

SCRIPT = "<script>alert(1)</script>"
NAMES = (f"worst {HOSTILE}", "calm", "unseen")


@pytest.fixture
def kept(tmp_path):
    """A way to plant rows into a ledger and publish them for the pages."""
    books = Books(tmp_path)

    def keep(planting, *rows, **more):
        with books.warehouse() as warehouse:
            with warehouse.transaction() as session:
                found = planting(session, *rows, **more)
            warehouse.publish_copy()
        return found

    return keep


def test_an_empty_warehouse_says_what_to_run(viewer, tmp_path):
    copy(Books(tmp_path))
    shown = text(viewer.get("governance"))
    for sentence in (
        "No run has looked at budgets yet. The DAG <code>budget_monitoring</code> does so",
        "The DAG <code>budget_governance</code> reads them",
        "No run has looked for alerts yet. The DAG <code>budget_monitoring</code>",
        "Nothing was planned yet. The DAG <code>budget_governance</code>",
        "The DAG <code>tag_governance</code> tells it",
    ):
        assert sentence in shown, sentence
    assert "<table" not in shown
    assert "Nothing here" in text(viewer.get("governance?number=2"))


def test_budgets_are_shown_worst_first_and_to_the_last_digit(viewer, kept):
    kept(planted.plant_governance, HOSTILE)
    shown = text(viewer.get("governance"))
    assert "as they stood at" in shown
    places = [shown.index(f'class="series">{name}<') for name in NAMES]
    assert places == sorted(places)
    for cell in (
        "main, not this project's, read ",
        f"tag Finance.team = worst {HOSTILE}",
        "the whole account",
        'title="1,200.5">1,200.50</data> <span class="unit">EUR</span>',
        '90 % spent, 100.5 % foretold<span class="note">finops@example.com',
        '<span class="state critical">critical</span>',
        '<span class="state none">none</span>',
        'role="img" aria-label="75.9 % spent, 120.7 % foretold"',
        '<span class="note">75.9 % spent, 120.7 % foretold</span>',
        "10.0 % spent, nothing foretold",
        'title="912.125">912.12</data>',
        'title="1,450">1,450.00</data>',
        '<span class="note">of <data value="1,000" title="1,000">1,000.00</data> then</span>',
        '12<span class="note">of 2026-03</span>',
        "2026-03-20 07:00</time>",
        "Not looked at",
    ):
        assert cell in shown, cell
    assert shown.count("<svg") == 2


def test_alerts_that_fire_come_before_those_of_the_last_week(viewer, kept):
    kept(planted.plant_governance, HOSTILE)
    shown = text(viewer.get("governance"))
    assert shown.index('state firing">firing') < shown.index('state resolved">resolved')
    for cell in (f"91.5 % spent {HOSTILE}", f"over {HOSTILE}", "2026-02-18 09:00", "budget actual"):
        assert cell in shown, cell
    assert 'title="91.5">91.50</data> <span class="unit">EUR</span>' in shown
    assert "long over" not in shown


def test_a_plan_is_shown_with_what_was_decided_and_what_differs(viewer, kept):
    plan_id = kept(planted.plant_governance, HOSTILE)
    listed = text(viewer.get("governance"))
    assert f'href="plan?id={plan_id}">{plan_id}</a><span class="note">budget</span>' in listed
    for cell in (
        f"keeper {HOSTILE}",
        f"it grew {HOSTILE}",
        'number wrong">1</td>',
        "in part could",
    ):
        assert cell in listed, cell
    shown = text(viewer.get(f"plan?id={plan_id}"))
    for cell in (
        f"keeper {HOSTILE} (person)",
        f"it grew {HOSTILE}",
        f"Could not be planned: no forecast of {HOSTILE}",
        '<li><span class="to">amount:</span> 1200.5 → 1500.5</li>',
        f"changed {HOSTILE}",
        '<span class="state refused">refused</span>',
        '<span class="state verified">verified</span>',
        '<span class="to">managed:</span> → yes',
        "1\u20133 of 3",
    ):
        assert cell in shown, cell
    assert shown.index(">update<") < shown.index(">create<") < shown.index(">unchanged<")
    assert shown.count('<span class="to">amount:</span>') == 2
    missing = viewer.get("plan?id=' OR 1=1 --")
    assert (missing.status_code, "No such plan" in missing.text) == (404, True)


def test_tag_coverage_is_held_against_the_goals_of_the_file(viewer, kept, tmp_path, monkeypatch):
    file = tmp_path / "governance.yaml"
    file.write_text(
        "tags: {keys: [{key: cost_center, goal_percent: 96}, {key: other, goal_percent: 5}]}"
    )
    monkeypatch.setenv("CLOUDLEDGER_GOVERNANCE_FILE", str(file))
    kept(planted.plant_governance, HOSTILE)
    shown = text(viewer.get("governance"))
    assert "2026-02-18 to 2026-03-19" in shown
    assert (
        'cost_center <span class="unit">EUR</span></th> <td class="number strong">96.0 %</td> '
        '<td class="number">96.0 %</td> <td><span class="state met">met</span></td>'
    ) in shown
    assert (
        f'team {HOSTILE} <span class="unit">EUR</span></th> '
        '<td class="number strong">76.9 %</td> <td class="number">\u2013</td> '
        '<td><span class="state unknown">unknown</span></td>'
    ) in shown
    file.write_text(file.read_text().replace("goal_percent: 96", "goal_percent: 96.5"))
    assert '<span class="state missed">missed</span>' in text(viewer.get("governance"))
    file.write_text("tags: [")
    broken = text(viewer.get("governance"))
    assert "The goals are not known" in broken
    assert "96.0 %" in broken


@pytest.mark.parametrize("hostile", [HOSTILE, SCRIPT])
def test_what_clouds_and_people_wrote_is_only_text(viewer, kept, hostile):
    plan_id = kept(planted.plant_governance, hostile)
    for page in ("governance", f"plan?id={plan_id}"):
        answer = viewer.get(page)
        assert hostile in text(answer)
        assert "<img" not in answer.text
        assert "<script>" not in answer.text
        assert "style=" not in answer.text


def test_long_lists_have_pages_that_leave_one_another_alone(viewer, kept):
    def plant(session):
        planted.plant_alerts(session, *many(60))
        planted.plant_budgets(
            session, *(planted.budget_document(f"b {number:02}") for number in range(30))
        )
        for number in range(55):
            planted.plant_plan(session, at=planted.AS_OF + number * planted.DAY)
        changes = [Change("main", f"t {n:03}", None, {"name": f"t {n:03}"}) for n in range(70)]
        return planted.plant_plan(session, *changes, at=planted.AS_OF + 99 * planted.DAY).plan_id

    plan_id = kept(plant)
    shown = text(viewer.get("governance?alert_number=3&plan_number=2"))
    for told in ("51\u201360 of 60", "1\u201325 of 30", "26\u201350 of 56"):
        assert told in shown, told
    assert "governance?number=2&alert_number=3&plan_number=2" in shown
    assert "governance?number=1&alert_number=2&plan_number=2" in shown
    assert plan_id not in shown
    last = text(viewer.get(f"plan?id={plan_id}&number=2"))
    assert "51\u201370 of 70" in last
    assert "t 049" not in last
    assert "t 050" in last


def test_the_pages_name_no_other_site():
    from cloudledger_airflow import views

    folder = Path(views.__file__).parent / "templates"
    for name in ("governance.html", "plan.html"):
        assert "//" not in (folder / name).read_text(encoding="utf-8")
