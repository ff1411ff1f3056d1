"""How the page of a run stays right: answers that are late, refused or behind, choices in between, what is redrawn."""

import re

import pytest
from playwright.sync_api import expect
from selective_auth import WITHOUT_LOGS

PAGE = "/unifyweaver/run?dag_id=weather&run_id=by_hand"
OF_RUN = "**/api/runs/weather/by_hand/weather"
OLD = {"read": 0, "failures": [], "causes": [], "batches": [], "total": 0, "next": None}
"""An answer of a process that has read nothing yet."""
CONTRAST = """(colours) => {
  const light = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
    const [red, green, blue] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
  };
  const [dark, bright] = colours.map(light).sort((one, other) => one - other);
  return bright / dark;
}"""


def at_first(page, address, answer):
    """Have the first question at an address answered by a function, and all others by the server."""
    functions = [answer]
    page.route(address, lambda route: functions.pop()(route) if functions else route.continue_())


def test_who_may_not_read_the_logs_of_tasks_sees_all_but_what_was_in_the_data(browse, selective):
    page = browse(address=selective, user=WITHOUT_LOGS)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(PAGE)
    expect(page.locator("#done")).to_have_text("118 of 120 batches done")
    expect(page.locator("#failures")).to_contain_text("permission to read the logs")
    expect(page.locator("#quarantine")).to_contain_text("permission to read the logs")
    expect(page.get_by_role("link", name="Download")).to_have_count(0)
    expect(page.locator("#search")).to_be_hidden()
    page.locator("#legend").get_by_role("button", name="Failed").click()
    expect(page.locator("#batches")).to_contain_text("permission to read the logs")
    assert not [address for address in asked if "/weather/failures" in address or "/quarantine" in address]


@pytest.mark.parametrize("wrong", [lambda route: route.fulfill(json=OLD), lambda route: route.fulfill(status=500)])
def test_an_answer_that_is_behind_or_fails_is_not_kept(browse, finished, wrong):
    page = browse()
    at_first(page, "**/failures?*", wrong)
    at_first(page, "**/batches?*", wrong)
    page.goto(PAGE)
    expect(page.locator(".failures .what").first).to_contain_text("exited with code 3")
    expect(page.locator("#failures .causes")).to_contain_text("exited with code 3")
    page.locator("#legend").get_by_role("button", name="Failed").click()
    expect(page.locator("#batches tbody tr")).to_have_count(2)
    expect(page.locator("#content .error")).to_have_count(0)


def test_a_grid_or_a_summary_that_is_behind_is_not_shown(browse, finished):
    page = browse()
    empty = {state: [0] for state in ("idle", "claimed", "processing", "complete", "retry", "failed")}
    at_first(
        page, "**/grid?*", lambda route: route.fulfill(json=OLD | {"states": empty, "cell": 1, "first": 0, "stop": 1})
    )
    page.goto(PAGE)
    expect(page.locator("#grid")).to_have_attribute("aria-label", "120 cells of 1 batch each")
    shown = page.locator("#done").inner_text()
    at_first(
        page,
        OF_RUN,
        lambda route: route.fulfill(json=route.fetch().json() | {"read": 1, "batches": 7, "state": "reading"}),
    )
    with page.expect_response(OF_RUN):
        pass
    with page.expect_response(OF_RUN):
        assert page.locator("#done").inner_text() == shown


@pytest.mark.parametrize(
    ("jobs", "task", "told"),
    [
        (["another", "weather"], "outer.zzz.weather.map", "mapped task 1 of 3"),
        (["another", "we_ather", "weather"], "weather.map", "mapped task 1 of 3"),
        (["weather"], "called_otherwise.map", "mapped task 1 of 3"),
        (["weather", "another"], "called_otherwise.map", None),
        (["weather", "another"], "map", None),
    ],
)
def test_the_tab_of_a_task_shows_its_own_job_or_asks_which_it_is(browse, finished, jobs, task, told):
    page = browse()
    page.route("**/api/runs/weather/by_hand", lambda route: route.fulfill(json={"jobs": jobs}))
    page.goto(f"{PAGE}&task_id={task}&map_index=1")
    if told is None:
        expect(page.locator("#message")).to_contain_text("Choose the job")
        expect(page.locator("#content")).to_be_hidden()
        page.locator("#job").select_option("weather")
        expect(page.locator("#facts")).to_contain_text("120 batches")
        expect(page.locator("#facts")).not_to_contain_text("mapped task")
        expect(page.locator("#message")).to_be_empty()
    else:
        expect(page.locator("#title")).to_have_text("weather")
        expect(page.locator("#facts")).to_contain_text(told)


def test_another_part_is_shown_as_soon_as_it_is_chosen_and_nothing_of_the_last_one_with_it(browse, finished):
    page = browse()
    page.goto(PAGE)
    expect(page.locator("#done")).to_have_text("118 of 120 batches done")
    held = []

    def hold(route):
        held.append(route)

    page.route(OF_RUN, hold)
    with page.expect_request(OF_RUN):
        pass
    page.locator("#part").select_option("1")
    page.locator("#legend").get_by_role("button", name="Failed").click()
    page.wait_for_timeout(100)
    for route in held:
        route.continue_()
    expect(page.locator("#facts")).to_contain_text("mapped task 1 of 3")
    assert page.locator("#done").inner_text() == "38 of 40 batches done"


def test_what_is_redrawn_keeps_its_scroll_position_and_the_focus(browse, finished):
    page = browse()
    turns = []

    def later(route):
        """Answer as if more was read, and something had changed, with each question."""
        answer = route.fetch().json()
        turns.append(route)
        for entry in answer.get("failures", []):
            entry["stderr"] = "\n".join(f"line {number}, {len(turns)}" for number in range(100))
        if "failed_attempts" in answer:
            answer |= {"failed_attempts": len(turns), "state": "running"}
        elif "batches" in answer:
            for entry in answer["batches"]:
                entry["attempt"] = len(turns)
        read = 10**9 + len(turns)
        route.fulfill(json=answer | {"read": read} | ({"size": read} if "size" in answer else {}))

    page.route(re.compile("/api/runs/weather/by_hand/weather"), later)
    page.goto(PAGE)
    page.locator("#legend").get_by_role("button", name="Done").click()
    for region in (page.get_by_role("region", name="List of batches"), page.locator("pre").first):
        expect(region).to_be_visible()
        region.focus()
        region.evaluate("(region) => { region.scrollTop = 123; }")
        before = region.inner_text()
        expect(region).not_to_have_text(before, use_inner_text=True)
        expect(region).to_be_focused()
        assert region.evaluate("(region) => region.scrollTop") == 123


def test_beside_the_cells_of_the_grid_there_is_none(browse, finished):
    page = browse(1000)
    page.goto(PAGE)
    grid = page.locator("#grid")
    expect(grid).to_have_attribute("aria-label", re.compile("cells of"))
    page.set_viewport_size({"width": 1000 + (20 - round(grid.bounding_box()["width"]) - 2) % 32, "height": 900})
    width = grid.bounding_box()["width"]
    grid.hover(position={"x": 5, "y": 5})
    expect(page.locator("#tip")).to_contain_text("Batch 0")
    grid.hover(position={"x": width - 5, "y": 5})
    expect(page.locator("#tip")).to_be_hidden()
    grid.click(position={"x": width - 5, "y": 5})
    page.wait_for_timeout(500)
    expect(page.locator("#batches")).to_be_empty()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_borders_of_controls_and_signs_of_states_stand_out(browse, finished, scheme):
    page = browse(scheme=scheme)
    states = {
        state: [int(state == "claimed")] for state in ("idle", "claimed", "processing", "complete", "retry", "failed")
    }
    page.route("**/grid?*", lambda route: route.fulfill(json=route.fetch().json() | {"states": states}))
    page.goto(PAGE)
    expect(page.locator("#grid")).to_have_attribute("aria-label", re.compile("1 cell of"))
    for control in ("#search", "#part", "#legend button", "#quarantine a"):
        colours = page.locator(control).first.evaluate(
            "(control) => [getComputedStyle(control).borderTopColor, getComputedStyle(document.body).backgroundColor]"
        )
        assert page.evaluate(CONTRAST, colours) >= 3
    colours = page.locator("#grid").evaluate("""(canvas) => [2, 15].map((place) => {
        const row = canvas.getContext("2d").getImageData(0, place, 15, 1).data;
        const pixels = Array.from({ length: 15 }, (_, left) => row.slice(4 * left, 4 * left + 3).join(" "));
        return pixels.at(place === 2 ? 2 : 7);
    })""")
    assert page.evaluate(CONTRAST, colours) >= 3


def test_a_run_that_cannot_be_read_is_in_the_list_and_hides_no_other(browse, finished):
    plan = finished["weather"] / "damaged" / "plan" / "plan.json"
    plan.parent.mkdir(parents=True)
    plan.write_text("{")
    try:
        page = browse()
        page.goto("/unifyweaver/")
        expect(page.get_by_role("row").filter(has_text="damaged")).to_contain_text("Unreadable")
        expect(page.get_by_role("row").filter(has=page.get_by_role("link", name="secret"))).not_to_have_count(0)
        page.locator("#state").select_option("unreadable")
        expect(page.locator("#content tbody tr")).to_have_count(1)
    finally:
        plan.unlink()
        plan.parent.rmdir()
        plan.parent.parent.rmdir()
