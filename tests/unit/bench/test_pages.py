from dataclasses import replace
from xml.etree import ElementTree

import pytest

from bench.case import Goal
from bench.contest import Contest
from bench.growth import Growth
from bench.pages import write_pages
from bench.results import Result, read_results
from bench.topic import Topic

GOALS = (Goal("ours", "peer", most=0.5), Goal("ours", most=100, figure="peak_mb", unit="MB", what="memory"))
RACE = Contest("race", "A race, 1 MB", "Who is faster.", GOALS, dict)
GROWTH = Growth("growing", "From 1 to 100", "", (), "batches", (1, 10, 100), dict)
TOPICS = (
    Topic("races", "Races", "All races.", (RACE, GROWTH, Contest("alone", "Alone", "", (), dict))),
    Topic("later", "Later", "", (Contest("later", "Not yet", "", (Goal("ours", "peer", least=2),), dict),)),
)
MACHINE = {"processor": "2 cores, Fast", "memory": "8 GB", "Python": "3.11.7"}
SAMPLES = {
    "ours": [{"seconds": 1.0, "cpu_seconds": 2.0, "peak_mb": 50.0}, {"seconds": 1.2, "cpu_seconds": 2, "peak_mb": 51}],
    "peer": [{"seconds": 4.0, "cpu_seconds": 4.0, "peak_mb": 99.0}, {"seconds": 3.0, "cpu_seconds": 4, "peak_mb": 98}],
}
GROWN = {"ours": [{"x": x, "seconds": 0.01 * x, "cpu_seconds": 0.01, "peak_mb": 40.0} for x in (1, 10, 100)]}


def pages(docs, *results):
    for result in results:
        result.write(docs)
    write_pages(TOPICS, docs)
    return {file.stem: file.read_text().replace("\N{NO-BREAK SPACE}", " ") for file in docs.glob("*.md")}


def cells(page, name):
    """Return the cells of the first row of a table that begins so."""
    line = next(line for line in page.splitlines() if line.startswith(f"| {name}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.fixture
def race():
    return Result("race", "2026-11-30", 1.0, MACHINE, SAMPLES)


@pytest.fixture
def growing():
    return Result("growing", "2026-11-30", 1.0, MACHINE, GROWN)


def test_results_are_read_as_they_were_written(tmp_path, race):
    race.write(tmp_path)
    assert read_results(tmp_path) == {"race": race}


def test_a_case_that_is_measured_anew_replaces_its_own_result_only(tmp_path, race, growing):
    race.write(tmp_path)
    growing.write(tmp_path)
    Result("race", "2026-12-01", 1.0, MACHINE, SAMPLES).write(tmp_path)
    assert {name: result.made for name, result in read_results(tmp_path).items()} == {
        "growing": "2026-11-30",
        "race": "2026-12-01",
    }


def test_the_index_has_every_goal_and_says_what_is_met(tmp_path, race):
    index = pages(tmp_path, race)["index"]
    won = cells(index, "[A race, 1 MB: ours](races.md#a-race-1-mb)")
    assert won[1:] == ["peer", "0.325 ×", "0.250–0.400", "≤ 0.5 ×", "✓"]
    assert cells(index, "[memory]")[1:] == ["", "50.5 MB", "50.0–51.0", "≤ 100 MB", "✓"]
    assert cells(index, "Not yet: ours")[1:] == ["peer", "not measured yet", "", "≥ 2 ×", ""]


def test_the_index_says_what_is_missed(tmp_path):
    slow = SAMPLES | {"ours": [{"seconds": 9.0, "peak_mb": 50.0}] * 2}
    index = pages(tmp_path, Result("race", "2026-11-30", 1.0, MACHINE, slow))["index"]
    assert cells(index, "[A race, 1 MB: ours]")[-1] == "✗"


def test_a_page_is_made_of_topics_that_were_measured(tmp_path, race):
    assert pages(tmp_path, race).keys() == {"index", "races"}
    assert pages(tmp_path / "empty").keys() == {"index"}


def test_a_peer_that_joined_later_is_not_measured_yet(tmp_path, race):
    index = pages(tmp_path, replace(race, samples={"ours": SAMPLES["ours"]}))["index"]
    assert cells(index, "[A race, 1 MB: ours]")[1:] == ["peer", "not measured yet", "", "≤ 0.5 ×", ""]


def test_the_index_lists_the_pages_that_there_are(tmp_path, race):
    assert ":maxdepth: 1\n\nraces\n::::" in pages(tmp_path, race)["index"]


def test_a_page_has_what_each_contestant_took(tmp_path, race):
    page = pages(tmp_path, race)["races"]
    assert "# Races\n\nAll races.\n" in page
    assert "Made on 2026-11-30: 2 cores, Fast, 8 GB, Python 3.11.7." in page
    assert "## A race, 1 MB\n\nWho is faster.\n" in page
    assert cells(page, "peer ")[1:] == ["3.50 s", "3.00–4.00", "4.00 s", "98.5 MB"]
    assert "Rounds: 2." in page
    assert "full size" not in page


def test_less_than_the_full_size_reaches_nothing(tmp_path):
    made = pages(tmp_path, Result("race", "2026-11-30", 0.1, MACHINE, SAMPLES))
    assert "**Measured at 0.1 of the full size.**" in made["races"]
    (reached, *_, met) = cells(made["index"], "[A race, 1 MB: ours]")[2:]
    assert reached == "0.325 × at 0.1 of the size"
    assert not met


def test_a_figure_that_was_not_measured_is_no_zero(tmp_path):
    samples = {name: [{"seconds": 3.0, "peak_mb": 4.0}] for name in SAMPLES}
    page = pages(tmp_path, Result("race", "2026-11-30", 1.0, MACHINE, samples))["races"]
    assert cells(page, "peer ")[3:] == ["–", "4.00 MB"]


def test_a_page_has_each_point_and_how_time_grows(tmp_path, growing):
    page = pages(tmp_path, growing)["races"]
    assert "time goes as batches^1.00" in page
    assert cells(page, "100 ")[1:] == ["1.00 s", "10,000 µs", "40.0 MB"]


def test_machines_that_differ_are_told_apart(tmp_path, race):
    other = Result("growing", "2026-12-01", 1.0, MACHINE | {"memory": "16 GB"}, GROWN)
    page = pages(tmp_path, race, other)["races"]
    assert "- on 2026-11-30 (A race, 1 MB): 2 cores, Fast, 8 GB, Python 3.11.7" in page
    assert "- on 2026-12-01 (From 1 to 100): 2 cores, Fast, 16 GB, Python 3.11.7" in page


@pytest.mark.parametrize("case", ["race", "growing"])
def test_plots_in_both_themes_beside_the_pages(tmp_path, race, growing, case):
    page = pages(tmp_path, race, growing)["races"]
    for theme in ("light", "dark"):
        file = f"plots/{case}-{theme}.svg"
        assert f"({file}){{.only-{theme}}}" in page
        text = "".join(ElementTree.parse(tmp_path / file).getroot().itertext())
        assert "ours" in text
        assert "seconds" in text


def test_the_same_results_make_the_same_plots(tmp_path, race, growing):
    made = []
    for docs in (tmp_path / "one", tmp_path / "two"):
        pages(docs, race, growing)
        made.append({file.name: file.read_bytes() for file in (docs / "plots").iterdir()})
    assert made[0] == made[1]
    assert len(made[0]) == 4


def test_nothing_is_drawn_of_one_alone(tmp_path):
    page = pages(tmp_path, Result("alone", "2026-11-30", 1.0, MACHINE, {"ours": SAMPLES["ours"]}))["races"]
    assert cells(page, "ours ")[1] == "1.10 s"
    assert "plots/" not in page
