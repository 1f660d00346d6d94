"""The ledger's pages: private, escaped, and true to the warehouse's read copy."""

import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest
from local_pages import HOSTILE, copy, text

from cloudledger import exact
from cloudledger.governance.chargeback.config import Chargeback
from cloudledger.ledger import completeness, usage_compare
from cloudledger.ledger.usage_explain import Comparison, Difference, Parts
from cloudledger.quality.expectations import ExpectationResult, Severity
from cloudledger.quality.published import judge_published
from cloudledger.quality.results import save
from tests.support import planted_insights as planted
from tests.support.books import Books
from tests.support.chargeback_books import charge
from tests.support.reports import OCI_COST_HEADER, gzipped, oci_cost

PAGES = (
    "",
    "objects",
    "object?id=0",
    "set-aside",
    "reconciliation",
    "displaced",
    "corrections",
    "changes",
    "completeness",
    "quality",
    "usage",
    "insights",
    "governance",
    "plan?id=0",
    "chargeback",
    "knowledge?q=x",
)
FILES = ("ledger.css", "theme.js", "ledger.svg")
POSTED = ("similar", "context", "feedback")
"""See test_knowledge_api.py."""


def filled(home):
    books = Books(home)
    books.deliver(
        "a.csv.gz",
        gzipped(
            oci_cost(
                {},
                {"cost/myCost": "1234.5"},
                {"cost/myCost": HOSTILE},
                header=[*OCI_COST_HEADER, f"product/{HOSTILE}"],
            )
        ),
    )
    books.deliver("broken.csv.gz", b"\x1f\x8b broken", at="2026-03-02T05:00:00+00:00")
    books.run()
    copy(books)
    return books


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("first")).home


@pytest.fixture
def books(first, tmp_path):
    """A copy of the first books, whose objects keep their places: deliver nothing to it."""
    shutil.copytree(first, tmp_path, dirs_exist_ok=True)
    return Books(tmp_path)


@pytest.mark.parametrize("page", [*PAGES, *FILES])
def test_no_page_is_shown_to_a_stranger(stranger, books, page):
    assert stranger.get(page).status_code == 401
    stranger.cookies.set("_token", "forged")
    assert stranger.get(page).status_code == 403


def test_a_strangers_browser_is_sent_to_the_login_and_back(stranger):
    answer = stranger.get("objects?state=failed", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (
        307,
        "/api/v2/auth/login?next=http%3A%2F%2Ftestserver%2Fcloudledger%2Fobjects%3Fstate%3Dfailed",
    )


def test_every_route_is_private():
    from fastapi import FastAPI

    from cloudledger_airflow.views.app import router

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(router)
    paths = {"/" + page.partition("?")[0] for page in (*PAGES, *FILES, *POSTED)}
    assert {route.path for route in router.routes} == paths


def test_before_the_first_publish_the_page_says_so(viewer):
    answer = viewer.get("")
    assert answer.status_code == 503
    assert "Nothing to show yet" in answer.text
    assert "publish once, then read" in answer.text


def test_an_empty_ledger_is_shown_as_empty(viewer, tmp_path):
    copy(Books(tmp_path))
    assert "Nothing has been published yet" in text(viewer.get(""))
    for page in ("objects", "set-aside", "reconciliation", "displaced", "corrections", "changes"):
        assert "Nothing here" in text(viewer.get(page))
    assert "No run has judged lines yet" in text(viewer.get("quality"))


def test_what_a_redelivery_changed_is_shown_by_service(viewer, tmp_path):
    books = Books(tmp_path)
    books.deliver("a.csv.gz", gzipped(oci_cost({"cost/myCost": "1234.5"})))
    books.run()
    dearer = gzipped(oci_cost({"cost/myCost": "1200.25"}, {"product/service": HOSTILE}))
    books.deliver("a.csv.gz", dearer, at="2026-03-03T04:00:00Z")
    books.run()
    copy(books)
    shown = text(viewer.get("changes"))
    assert ">\u221234.25" in shown
    assert "a.csv.gz" in shown
    assert HOSTILE not in viewer.get("changes").text
    assert "Nothing here" in text(viewer.get("changes?source=another"))


def test_the_overview_gives_totals_and_the_verdict(viewer, books):
    shown = text(viewer.get(""))
    assert "Reconciled to the last digit" in shown
    assert ">1,234.55</data>" in shown
    assert "7 figures equal" in shown
    assert 'href="objects?state=failed">1<' in shown
    assert ">1,234.55</data>" in text(viewer.get("?digits=all"))


def test_what_differs_from_a_usage_api_is_shown_with_its_cause(viewer, books):
    assert "Nothing was compared yet" in text(viewer.get("usage"))
    day = date(2026, 3, 1)
    amounts = [(1, Parts(unknown=Decimal("0.5"))), (2, Parts(rounding=Decimal("1E-12")))]
    found = [
        Difference(
            *("oci", "oracle", day + timedelta(days=number), HOSTILE, "EUR", "BilledCost"),
            *(exact.add(Decimal(7), exact.add(parts.unknown, parts.rounding)), Decimal(7), parts),
            *(datetime(2026, 3, 9, tzinfo=UTC), "run"),
        )
        for number, parts in amounts
    ]
    with books.warehouse() as warehouse:
        with warehouse.transaction() as session:
            usage_compare.keep(session, Comparison("oci", tuple(found)), day, date(2026, 3, 9))
        warehouse.publish_copy()
    shown = text(viewer.get("usage"))
    assert 'title="14.500000000001"' in shown
    assert "1\N{EN DASH}1 of 1" in shown
    assert '<th scope="row" class="days">2026-03-02</th>' in shown
    assert "Nothing here" in text(viewer.get("usage?source=aws&cause=unknown"))


def test_a_difference_is_on_top_and_loud(viewer, books):
    with books.warehouse() as warehouse:
        with warehouse.transaction() as session:
            session.execute(
                "UPDATE reconciliation SET mart_amount = mart_amount - 0.001, difference = -0.001"
                " WHERE measure = 'ListCost'"
            )
        warehouse.publish_copy()
    shown = text(viewer.get(""))
    assert "1 of 7 figures differ" in shown
    assert "Reconciled to the last digit" not in shown
    assert "1 of 7 differ" in text(viewer.get("reconciliation"))
    assert "\u22120.001" in text(viewer.get("reconciliation?measure=ListCost&provider=oracle"))


def test_displaced_lines_and_corrections_are_shown_with_their_other_ends(viewer, tmp_path):
    books = filled(tmp_path)
    correction = {
        "lineItem/referenceNo": "c1",
        "lineItem/isCorrection": "true",
        "cost/myCost": "-1.25",
    }
    books.deliver(
        "newer.csv",
        oci_cost(
            {"cost/myCost": "7"},
            correction | {"lineItem/backreferenceNo": "ref-1"},
            correction | {"lineItem/referenceNo": HOSTILE, "lineItem/backreferenceNo": "lost"},
        ),
        at="2026-03-03T05:00:00+00:00",
    )
    books.run()
    copy(books)
    displaced = text(viewer.get("displaced"))
    assert "a newer object's line" in displaced
    assert "/a.csv.gz" in displaced
    assert "0.05</td>" in displaced
    assert ">0.05</a>" in text(viewer.get("reconciliation"))
    found = text(viewer.get("corrections"))
    assert "not in the ledger" in found
    assert found.index(">lost<") < found.index(">ref-1<")
    assert "\u22121.25" in found
    assert ">c1<" not in text(viewer.get("corrections?status=unresolved"))
    assert "Nothing here" in text(viewer.get("displaced?provider=aws"))


def test_objects_are_filtered_and_lead_to_their_totals(viewer, books):
    both = text(viewer.get("objects"))
    assert both.index("broken.csv.gz") < both.index("a.csv.gz")
    failed = text(viewer.get("objects?state=failed"))
    assert "broken.csv.gz" in failed
    assert "/a.csv.gz" not in failed
    assert "Nothing here" in text(viewer.get("objects?source=elsewhere"))
    assert "1\u20131 of 1" in text(viewer.get("objects?uri=A.CSV&source=sample&state=taken_in"))
    (row,) = books.rows("SELECT object_id FROM source_object")
    one = text(viewer.get(f"object?id={row['object_id']}"))
    assert "1,234.55" in one
    assert f"product/{HOSTILE}" in one
    assert viewer.get("object?id=' OR 1=1 --").status_code == 404


def test_lines_set_aside_tell_why_and_where(viewer, books):
    shown = text(viewer.get("set-aside?reason=NUMBER"))
    assert "cost/myCost" in shown
    assert HOSTILE in shown
    assert "Nothing here" in text(viewer.get("set-aside?object=0"))


@pytest.mark.parametrize("page", PAGES)
def test_hostile_text_is_only_text(viewer, books, page):
    for hostile in ("", f"{'&' if '?' in page else '?'}uri={HOSTILE}&reason={HOSTILE}"):
        answer = viewer.get(page + hostile)
        assert "<img" not in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"


def test_pages_of_a_long_list_follow_one_another(viewer, tmp_path):
    books = Books(tmp_path)
    with books.warehouse() as warehouse:
        with warehouse.transaction() as session:
            session.insert(
                "open_object",
                pa.Table.from_pylist(
                    [
                        {
                            "object_id": f"{number:032x}",
                            "source": "sample",
                            "uri": f"s3://bucket/{number:03d}",
                            "etag": "1",
                            "bytes": number,
                            "delivered_at": datetime(2026, 3, 1, tzinfo=UTC),
                            "state": "open",
                            "run_id": "run",
                        }
                        for number in range(120)
                    ]
                ),
            )
        warehouse.publish_copy()
    last = text(viewer.get("objects?state=open&number=3"))
    assert "101\u2013120 of 120" in last
    assert 'rel="prev" href="objects?source=&state=open&uri=&number=2"' in last
    assert "s3://bucket/119" in last
    assert "s3://bucket/099" not in last
    assert 'rel="next"' not in last
    assert viewer.get("objects?number=0").status_code == 422


def test_quality_shows_what_focus_says_of_published_lines(viewer, tmp_path):
    books = filled(tmp_path)
    books.deliver("a.csv.gz", gzipped(oci_cost({"product/compartmentName": HOSTILE}, {})))
    books.take_in(books.discover())
    books.publish()
    with books.warehouse() as warehouse:
        at = datetime(2026, 3, 3, 2, tzinfo=UTC)
        judge_published(warehouse, books.lake, precedence=(), run_id="run 1", at=at)
        warehouse.publish_copy()
    shown = text(viewer.get("quality"))
    assert "ListUnitPrice-C-005-C" in shown
    assert "ListUnitPrice must be filled where ChargeCategory IN" in shown
    assert "ListCost-C-003-M" not in shown
    assert "2026-03-03 02:00" in shown


def test_quality_shows_the_newest_run_and_any_other(viewer, books):
    def found(rule, severity, success):
        details = f"found '{HOSTILE}'; see {'0a' * 16} record 7"
        return ExpectationResult("taken_in", rule, "Tags", severity, success, "1 of 2", 1, details)

    with books.warehouse() as warehouse:
        for day, severity in ((1, Severity.ERROR), (2, Severity.WARNING)):
            with warehouse.transaction() as session:
                save(
                    session,
                    [found("kept rule", severity, True), found(f"rule {day}", severity, False)],
                    run_id=f"run {day}",
                    at=datetime(2026, 3, day, 2, tzinfo=UTC),
                )
        warehouse.publish_copy()
    newest = text(viewer.get("quality"))
    assert newest.index("rule 2") < newest.index("kept rule")
    assert "2 expectations, 0 broken, 1 warn" in newest
    assert f'see <a href="object?id={"0a" * 16}">' in newest
    assert "2 expectations, 1 broken, 0 warn" in text(viewer.get("quality?run=run 1"))
    assert "No such run" in text(viewer.get("quality?run=run 3"))
    assert "0 broken, 1 warn" in text(viewer.get(""))
    assert "<img" not in viewer.get("quality").text


def test_a_writer_is_not_waited_for(viewer, books):
    with books.warehouse() as warehouse, warehouse.transaction() as session:
        session.execute("DELETE FROM daily_cost")
        assert "1,234.55" in text(viewer.get(""))


def test_completeness_shows_sources_days_and_columns(viewer, tmp_path):
    books = Books(tmp_path)
    copy(books)
    assert "No run has looked at arrivals yet" in text(viewer.get("completeness"))
    for day in range(1, 8):
        start = {"lineItem/intervalUsageStart": f"2026-03-{day:02}T10:00Z"}
        books.deliver(
            f"{day}.csv.gz",
            gzipped(oci_cost(start, header=[*OCI_COST_HEADER, f"product/{HOSTILE}"])),
            at=f"2026-03-{day:02}T14:00:00+00:00",
        )
    books.run()
    with books.warehouse() as warehouse:
        with warehouse.transaction() as session:
            found = completeness.assess_now(session, datetime(2026, 3, 11, 2, tzinfo=UTC))
            completeness.save(session, found)
        warehouse.publish_copy()
    shown = text(viewer.get("completeness"))
    assert "What had arrived by" in shown
    assert '<span class="state stalled">stalled</span>' in shown
    for cell in ("24 h", "2 days", "2026-03-09 14:00", "2026-03-10"):
        assert cell in shown
    assert f"product/{HOSTILE}" in shown
    assert "<img" not in viewer.get("completeness").text
    assert 'class="wrong" href="completeness">1<' in text(viewer.get(""))


def test_insights_without_any_run_say_what_to_run(viewer, tmp_path):
    copy(Books(tmp_path))
    shown = text(viewer.get("insights"))
    for sentence in (
        "No run has looked at the series yet",
        "No run has looked for unusual days yet",
        "Nothing is foretold",
        "Nothing is measured yet",
        "Nothing is known of how money is spent",
    ):
        assert sentence in shown
    assert shown.count("cost_insights") == 6
    assert "<table" not in shown


def test_insights_show_events_causes_forecasts_and_how_good_they_were(viewer, books):
    with books.warehouse() as warehouse:
        with warehouse.transaction() as session:
            planted.plant_page(session, HOSTILE)
        warehouse.publish_copy()
    shown = text(viewer.get("insights"))
    assert "2026-03-22 06:00</time> UTC, and nothing later. EUR: days up to 2026-03-20" in shown
    assert "1 of them still arriving" in shown
    for cell in (
        '2026-03-19 <span class="to">to</span> 2026-03-20',
        '<span class="state critical">critical</span>',
        "level shift",
        'title="1.25">1.25</data> <span class="unit">EUR</span>',
        "expected<span",
        "a launch, keeper",
        "too small for an alert",
        '120.0 %, <data value="1.5" title="1.5">1.50</data> EUR, new',
        "\u221220.0 %",
        "moved against it",
        f'<span class="to">resource</span> {HOSTILE}',
        f"Runbook: {HOSTILE}, ",
        'Runbook: Step by step, <span class="to">s3://docs/2.md</span>',
        'title="60">60.00</data></span> <span class="unit">2026-03</span>',
        'title="180">180.00</data>',
        '95 %: <data value="90"',
        '<span class="state drifted">drifted</span>',
        '<span class="state steady">steady</span>',
        ">0.88<",
        ">95.1 %<",
        "one point is no history",
        '<td class="number">12.5 %</td>',
    ):
        assert cell in shown, cell
    assert shown.count("<svg") == 2
    assert shown.count('class="band-80"') == 2
    assert "<img" not in viewer.get("insights").text
    assert "No event of that severity" in text(viewer.get("insights?severity=low"))
    assert "No series by region" in text(viewer.get("insights?level=region"))
    assert "shows one again" in text(viewer.get("insights?events=in+every+series"))


def test_insights_show_the_next_hours(viewer, books):
    with books.warehouse() as warehouse:
        with warehouse.transaction() as session:
            planted.plant_hours(session, HOSTILE)
        warehouse.publish_copy()
    shown = text(viewer.get("insights"))
    for cell in (
        "known up to 2026-03-20 23:00 UTC",
        "(75.0 % of usage cost)",
        "cost by hour, history and forecast",
        'title="48">48.00</data>',
        'title="96">96.00</data>',
        f"AWS / {HOSTILE}",
    ):
        assert cell in shown, cell
    assert shown.count("<svg") == 1
    assert shown.count('class="band-95"') == 1
    assert "<img" not in viewer.get("insights").text


def test_insights_show_how_money_is_spent_and_say_what_is_not_known(viewer, books):
    with books.warehouse() as warehouse:
        with warehouse.transaction() as session:
            planted.plant_page(session, HOSTILE)
            planted.plant_efficiency(session, "dear", "all", HOSTILE)
            measures = {"service_count": "3", "service_top_share": "0.8", "service_hhi": "0.66"}
            rows = [planted.trend("all", *row) for row in measures.items()]
            planted.plant(session, "cost_trend", *rows)
        warehouse.publish_copy()
    shown = text(viewer.get("insights"))
    for cell in (
        '71.43<span class="note">by 2 of 4 parts</span>',
        "not known: no line is of a commitment",
        "<td>30 days",
        'title="40">40.00</data>',
        'title="\u22125.5">\u22125.50</data>',
        ">0.0000004</td>",
        f'class="series">{HOSTILE}<span class="note">Oracle / COMPUTE</span>',
        'title="15">15.00</data> <span class="unit">EUR</span>',
        ">25.0 %</td>",
        "3 services, the dearest 80.0 % of the cost, concentration 0.66",
    ):
        assert cell in shown, cell
    assert "<img" not in viewer.get("insights").text


def test_chargeback_shows_who_bears_a_month_and_what_changed_since_it_was_closed(viewer, tmp_path):
    books, march = Books(tmp_path), date(2026, 3, 1)
    report = oci_cost({}, {"tags/cost_center": HOSTILE, "cost/myCost": "3"})
    books.deliver("a.csv.gz", gzipped(report))
    books.run()
    with books.warehouse() as warehouse:
        warehouse.publish_copy()
    assert "No month has been charged back" in text(viewer.get("chargeback"))

    center = {"code": "CC-101", "name": "Web", "owner": "web"}
    shared = {"name": "gifts", "select": {"services": ["GIFT"]}, "split": {"by": "usage"}}
    rules = Chargeback.model_validate({"centers": [center], "pools": [shared]})
    charge(books, rules, march, close=True)
    gift = {"lineItem/referenceNo": "b", "product/service": "GIFT", "cost/myCost": "-1"}
    books.deliver("b.csv.gz", gzipped(oci_cost(gift)))
    books.run()
    charge(books, rules, march)
    with books.warehouse() as warehouse:
        warehouse.publish_copy()
    shown = text(viewer.get("chargeback"))
    assert "2026-03 in USD, version 2" in shown
    assert 'class="number">gifts</th>' in shown
    for figure in ("0.05", "\u22121.00", "\u22120.95", "3.00", "2.05"):
        assert f">{figure}</data>" in shown
    assert "What changed since version 1" in shown
    assert "late data" in shown
    assert "What changed" not in text(viewer.get("chargeback?month=2026-03&version=1"))
    assert "There is no such version" in text(viewer.get("chargeback?month=2026-04"))
    assert "<img" not in viewer.get("chargeback").text


def test_the_menu_leads_to_the_page():
    from cloudledger_airflow.plugin import CloudledgerPlugin
    from cloudledger_airflow.views import external_views, fastapi_apps

    assert CloudledgerPlugin.fastapi_apps is fastapi_apps
    (entry,) = CloudledgerPlugin.external_views
    assert entry is external_views[0]
    assert (entry["href"], entry["destination"]) == ("/cloudledger/", "nav")
