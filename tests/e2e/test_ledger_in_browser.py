"""A person logs in to Airflow and reads the ledger."""

from __future__ import annotations

import shutil
from functools import partial
from typing import Any

import pytest

pytest.importorskip("selenium", reason="needs the package selenium")
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

pytestmark = [
    pytest.mark.skipif(
        not (shutil.which("chromium") and shutil.which("chromedriver")),
        reason="needs Debian's packages chromium and chromium-driver",
    ),
    pytest.mark.timeout(300),
]
PAGES = (
    *("", "objects", "set-aside", "reconciliation", "displaced", "corrections", "changes"),
    *("completeness", "quality", "usage", "insights", "governance", "chargeback"),
    *("knowledge", "knowledge?q=billing&mode=words", "knowledge?q=billing"),
)
OVERFLOWS = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
DRAWN = """
return [...document.querySelectorAll("svg.chart")].map(chart =>
    [".history", ".forecast", ".band-80", ".band-95"].map(part => {
        const { right, height } = chart.querySelector(part).getBoundingClientRect();
        return { right, height };
    }));
"""
BARS = """
return [...document.querySelectorAll("svg.gauge")].map(gauge =>
    [".spent", ".foretold", ".limit"].map(part => {
        const drawn = gauge.querySelector(part);
        return drawn && drawn.getBoundingClientRect().right;
    }).concat(gauge.getBoundingClientRect().right));
"""
STROKE = "return getComputedStyle(document.querySelector(arguments[0])).stroke"
GROUND = "return getComputedStyle(document.body).backgroundColor"


def log_in(browser: Any, site: Any, page: str = "") -> None:
    browser.get(f"{site.address}/cloudledger/{page}")
    browser.find_element("name", "username").send_keys(site.user)
    browser.find_element("name", "password").send_keys(site.password)
    browser.find_element("css selector", "button[type=submit]").click()
    browser.find_element("css selector", "header .brand")


def follow(browser: Any, by: str, value: str) -> None:
    """Click, and wait until the page it was on is gone."""
    before = browser.find_element("tag name", "html")
    browser.find_element(by, value).click()
    WebDriverWait(browser, 20).until(staleness_of(before))


def see(browser: Any, selector: str, text: str) -> None:
    """Wait until the page, perhaps the next one, shows the text in such an element."""
    waiting = WebDriverWait(browser, 20, ignored_exceptions=[StaleElementReferenceException])
    shown = partial(_shows, selector=selector, text=text)
    waiting.until(shown, f"{text!r} is nowhere in {selector!r} of {browser.current_url}")


def _shows(browser: Any, selector: str, text: str) -> bool:
    return any(text in element.text for element in all_of(browser, selector))


def all_of(browser: Any, selector: str) -> list[Any]:
    browser.implicitly_wait(0)
    found: list[Any] = browser.find_elements("css selector", selector)
    browser.implicitly_wait(20)
    return found


def test_the_ledger_is_read_from_login_to_the_last_digit(browser: Any, site: Any) -> None:
    log_in(browser, site, "objects?state=failed")
    assert browser.current_url.endswith("/cloudledger/objects?state=failed")
    see(browser, "tbody th", "broken.csv.gz")

    follow(browser, "link text", "Overview")
    see(browser, "h1", "Reconciled to the last digit")
    see(browser, ".totals", "1,770.00")
    follow(browser, "link text", "Every digit")
    see(browser, ".totals", "1,770.00000000000000000000006")

    follow(browser, "link text", "Objects")
    browser.find_element("name", "uri").send_keys("march")
    follow(browser, "css selector", "form button")
    follow(browser, "partial link text", "march.csv.gz")
    see(browser, ".facts", "60")
    follow(browser, "css selector", ".facts a")
    see(browser, "td.original", "onerror")
    assert browser.title != "taken"
    assert all_of(browser, "img") == []


def test_every_page_is_well_formed_in_both_themes_and_on_a_telephone(
    browser: Any, site: Any
) -> None:
    log_in(browser, site)
    pages = (*PAGES, f"plan?id={site.plan}")
    grounds = set()
    for theme in ("light", "dark"):
        browser.execute_script("localStorage.setItem('theme', arguments[0])", theme)
        for page in pages:
            browser.get(f"{site.address}/cloudledger/{page}")
            grounds.add((theme, browser.execute_script(GROUND)))
            assert len(all_of(browser, "h1")) == 1
            assert len(all_of(browser, "nav [aria-current=page]")) == 1
            assert len(all_of(browser, "table")) == len(all_of(browser, "table > caption"))
            assert len(all_of(browser, "label :is(input, select)")) == len(
                all_of(browser, "form :is(input:not([type=hidden]), select)")
            )
    assert grounds == {("light", "rgb(252, 251, 248)"), ("dark", "rgb(22, 24, 27)")}
    browser.set_window_size(500, 900)
    for page in pages:
        browser.get(f"{site.address}/cloudledger/{page}")
        assert not browser.execute_script(OVERFLOWS), page
    logged = browser.get_log("browser")
    assert [entry for entry in logged if entry["level"] in ("SEVERE", "WARNING")] == []


def test_insights_are_told_and_drawn(browser: Any, site: Any) -> None:
    log_in(browser, site)
    follow(browser, "link text", "Insights")
    see(browser, ".lead", "days up to 2026-03-20 are known")
    see(browser, "tbody tr", "level shift")
    see(browser, ".causes li:first-child", "onerror")
    see(browser, "tbody tr", "one point is no history")
    assert browser.title == "Insights \N{EN DASH} Cloudledger"
    drawn = browser.execute_script(DRAWN)
    assert len(drawn) == 2
    for history, forecast, narrow, wide in drawn:
        assert history["right"] <= forecast["right"]
        assert 0 < narrow["height"] < wide["height"]
    assert browser.execute_script(STROKE, ".forecast") == "rgb(28, 84, 128)"

    browser.find_element("css selector", "option[value='in every series']").click()
    follow(browser, "css selector", "form button")
    see(browser, "tbody tr", "shows one again")


def test_budgets_are_drawn_and_a_plan_is_read(browser: Any, site: Any) -> None:
    log_in(browser, site)
    follow(browser, "link text", "Governance")
    see(browser, ".gauge + .note", "75.9 % spent, 120.7 % foretold")
    bad, calm = browser.execute_script(BARS)
    spent, foretold, limit, end = bad
    assert spent < limit < foretold < end
    assert calm[0] < spent
    assert calm[1] is None
    see(browser, "tbody th", "onerror")

    follow(browser, "link text", site.plan)
    see(browser, "h1", f"Plan {site.plan}")
    see(browser, ".fields", "amount: 1200.5 → 1500.5")
    see(browser, ".error", "onerror")
    assert browser.title == "Plan \N{EN DASH} Cloudledger"
    assert all_of(browser, "img") == []
    follow(browser, "css selector", ".back a")
    see(browser, "h1", "Governance")


def test_chargeback_is_told_by_center(browser: Any, site: Any) -> None:
    log_in(browser, site)
    follow(browser, "link text", "Chargeback")
    see(browser, "h2", "version 2")
    see(browser, ".totals thead", "onerror")
    see(browser, ".totals tbody", "CC-102")
    see(browser, ".totals .sum", "1,770.00")
    see(browser, "h2", "What changed since version 1")
    assert all_of(browser, "img") == []


def test_documents_are_searched_with_and_without_the_model(browser: Any, site: Any) -> None:
    log_in(browser, site)
    follow(browser, "link text", "Knowledge")
    see(browser, ".figures", "Release searched")
    see(browser, "tbody td.reason", "onerror")
    see(browser, "tbody th.uri", "onerror")
    browser.find_element("name", "q").send_keys("who replays the queue")
    browser.find_element("css selector", "option[value='finance']").click()
    follow(browser, "css selector", "form button")
    see(browser, ".notice", "needs the model, and it cannot be used. fake")
    follow(browser, "link text", "Search by words")
    see(browser, "tbody th", "Restart the billing service > Steps")
    see(browser, "td.passage", "then replay the queue")
    assert browser.find_element("name", "department").get_property("value") == "finance"
    assert all_of(browser, "img") == []


def test_airflows_menu_leads_to_the_ledger(browser: Any, site: Any) -> None:
    log_in(browser, site)
    browser.get(f"{site.address}/")
    browser.find_element("partial link text", "Cost ledger").click()
    browser.switch_to.frame(browser.find_element("tag name", "iframe"))
    see(browser, "h1", "Reconciled to the last digit")
    follow(browser, "link text", "Quality")
    see(browser, "tbody", "ServiceName is filled")
