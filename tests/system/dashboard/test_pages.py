"""The dashboard's pages in a real browser, on a real Airflow: by mouse, by keyboard, on a phone."""

import json
import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from dashboard_clients import PATIENCE
from playwright.sync_api import expect

SCREENSHOTS = os.environ.get("UNIFYWEAVER_SCREENSHOTS")
"""A folder to put pictures of all pages into, for the documentation."""
TAB = "UnifyWeaver"


def share(view):
    """Return how many batches the page says are done."""
    return int(re.match(r"[\d,]+", view.locator("#done").inner_text())[0].replace(",", ""))


def picture(page, name):
    if SCREENSHOTS:
        page.wait_for_timeout(1500)  # until bars have stopped moving
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", animations="disabled")


def test_from_login_and_a_wrong_value_to_the_quarantine_of_a_run_watched_live(chromium, dashboard):
    page = chromium.new_page(base_url=dashboard.address, viewport={"width": 1280, "height": 1000})
    page.set_default_timeout(1000 * PATIENCE)
    page.goto("/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill("admin")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/auth/" not in url)

    page.goto("/dags/weather")
    page.get_by_test_id("trigger-dag-button").click()
    form = page.locator("[role=dialog][data-state=open]")
    source = form.locator("[name=element_source_path]")
    expect(form.get_by_test_id("trigger-dag-submit")).to_be_enabled()
    source.fill("")
    source.press("Tab")
    expect(form.get_by_test_id("trigger-dag-submit")).to_be_disabled()
    source.fill("../stations.txt")
    source.press("Tab")
    form.get_by_test_id("trigger-dag-submit").click()
    page.wait_for_url("**/dags/weather/runs/**")

    page.get_by_role("link", name=TAB).click()
    view = page.frame_locator(f"iframe[title={TAB}]")
    expect(view.locator("#state")).to_have_text("Running")
    expect(view.locator("#done")).not_to_have_text(re.compile("^0 of"))
    before = share(view)
    expect(view.locator("#left")).to_contain_text("left")
    expect(view.locator("#done")).not_to_have_text(re.compile(f"^{before} of"))
    assert before < share(view) <= 120
    picture(page, "dashboard-running")

    expect(view.locator(".failures .what").first).to_contain_text("exited with code 3")
    expect(view.locator(".failures pre").first).to_contain_text("station 13")
    expect(view.locator("#state")).to_have_text("Published", timeout=3 * 1000 * PATIENCE)
    expect(view.locator("#notices")).to_contain_text("instead of hadoop_streaming")
    with page.expect_download() as download:
        view.get_by_role("link", name="Download the quarantine").click()
    (entry, *_) = [json.loads(line) for line in download.value.path().read_text().splitlines()]
    assert "station 13" in entry["error"]
    page.context.close()


def test_the_list_leads_to_a_run_and_to_the_batches_of_a_state(browse, finished):
    page = browse()
    page.goto("/plugin/unifyweaver")
    view = page.frame_locator(f"iframe[title={TAB}]")
    row = view.get_by_role("row").filter(has_text="by_hand").filter(has=view.get_by_role("link", name="secret"))
    expect(row).to_contain_text("Published")
    view.locator("#search").fill("no such run")
    expect(view.get_by_text("No run is like that.")).to_be_visible()
    view.locator("#search").fill("secret")
    picture(page, "dashboard-runs")
    row.get_by_role("link", name="secret").click()
    view.locator("#legend").get_by_role("button", name="Failed").click()
    expect(view.locator("#batches tbody tr")).to_have_count(2)
    expect(view.locator("#batches tbody tr").first).to_contain_text("batch_00065")


def test_a_mapped_task_shows_its_own_batches_in_its_tab_and_by_its_link(browse, finished):
    page = browse()
    page.goto("/dags/weather/runs/by_hand/tasks/map/mapped/1")
    page.get_by_role("link", name=TAB).click()
    view = page.frame_locator(f"iframe[title={TAB}]")
    expect(view.locator("#facts")).to_contain_text("mapped task 1 of 3")
    expect(view.locator("#done")).to_have_text("38 of 40 batches done")
    page.goto("/dags/weather/runs/by_hand/tasks/map/mapped/2/details")
    page.get_by_role("link", name="Batches", exact=True).click()
    expect(view.locator("#facts")).to_contain_text("mapped task 2 of 3")
    page.goto("/dags/weather/runs/by_hand/tasks/split/details")
    page.get_by_role("link", name="Batches", exact=True).click()
    expect(view.locator("#done")).to_have_text("118 of 120 batches done")


def test_a_dag_run_without_a_job_says_so(browse, finished):
    page = browse()
    page.goto("/unifyweaver/run?dag_id=weather&run_id=another")
    expect(page.locator("#message")).to_contain_text("No job of UnifyWeaver")
    page.goto("/unifyweaver/run?dag_id=weather&run_id=by_hand&job=gone")
    expect(page.locator("#message")).to_contain_text("no such run")


def test_all_can_be_done_by_keyboard(browse, finished):
    page = browse()
    page.goto("/unifyweaver/run?dag_id=weather&run_id=by_hand")
    expect(page.locator("#content")).to_be_visible()
    grid = page.locator("#grid")
    expect(grid).to_have_attribute("aria-label", re.compile("cells? of"))
    grid.focus()
    page.keyboard.press("End")
    expect(page.locator("#grid-spoken")).to_have_text("Batch 119: Done")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#grid-spoken")).to_have_text("Batch 1: Done")
    page.keyboard.press("Enter")
    expect(page.locator("#batches")).to_contain_text("batch_00001")
    expect(page.get_by_role("region", name="List of batches: Number 1")).to_be_focused()
    page.get_by_role("button", name="Close").press("Enter")
    expect(grid).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator("#grid-spoken")).to_have_text("Batch 2: Done")
    page.keyboard.press("Enter")
    expect(page.locator("#batches")).to_contain_text("batch_00002")
    page.locator("#latency-figures summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Table of times per batch").locator("tbody tr").first).to_be_visible()
    batches = page.locator("#latency-figures tbody td:last-child").all_inner_texts()
    assert sum(map(int, batches)) == 118
    reached = set()
    page.locator("#job, #part").last.focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.innerText.split('\\n')[0]"))
    assert {"grid", "search", "Close"} <= reached
    assert any(text.startswith("Download") for text in reached)
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none"


def test_keys_do_nothing_on_a_grid_that_has_no_cells_yet(browse, finished):
    page = browse()
    held = []

    def hold(route):
        held.append(route)

    page.route("**/grid?*", hold)
    with page.expect_request("**/grid?*"):
        page.goto("/unifyweaver/run?dag_id=weather&run_id=by_hand")
    grid = page.locator("#grid")
    grid.press("ArrowRight")
    grid.press("Enter")
    held[0].continue_()
    expect(grid).to_have_attribute("aria-label", re.compile("cells? of"))
    expect(page.locator("#grid-spoken")).to_be_empty()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["run?dag_id=weather&run_id=by_hand", ""])
def test_pages_are_accessible_in_light_and_dark_and_fit_a_phone(browse, finished, scheme, address):
    name = "run" if address else "runs"
    for width, height in ((1280, 1000), (375, 812)):
        page = browse(width, height, scheme)
        page.goto(f"/unifyweaver/{address}")
        expect(page.locator("#content")).to_be_visible()
        page.wait_for_load_state("networkidle") if not address else expect(
            page.locator(".failures li").first
        ).to_be_visible()
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.documentElement.dataset.theme") == scheme
        picture(page, f"dashboard-{name}-{scheme}{'-phone' if width < 400 else ''}")


def test_the_theme_is_that_of_airflow_and_changes_with_it(browse, finished):
    page = browse()
    page.goto("/plugin/unifyweaver")
    theme = page.frame_locator(f"iframe[title={TAB}]").locator("html")
    expect(theme).to_have_attribute("data-theme", "light")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    expect(theme).to_have_attribute("data-theme", "dark")
