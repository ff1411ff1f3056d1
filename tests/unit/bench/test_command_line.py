import pytest

from bench.__main__ import main
from bench.cases import TOPICS
from bench.contest import Contest
from bench.topic import Topic


def test_names_are_of_one_thing_each():
    names = [case.name for topic in TOPICS for case in topic.cases]
    assert len(set(names)) == len(names)
    for topic in TOPICS:
        assert topic.name not in names or [case.name for case in topic.cases] == [topic.name]


def test_a_name_that_is_not_there(capsys):
    with pytest.raises(SystemExit):
        main(["grep-11mb"])
    assert "there is no topic, case or table grep-11mb" in capsys.readouterr().err


def test_help_lists_all_topics_and_cases(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    said = capsys.readouterr().out.split()
    assert {case.name for topic in TOPICS for case in topic.cases} <= set(said)


@pytest.fixture
def sound_and_broken(monkeypatch):
    commands = {name: lambda _, name=name: {name: [name]} for name in ("true", "false")}
    cases = [Contest(name, name, "", (), made, rounds=1, minutes=3) for name, made in commands.items()]
    monkeypatch.setattr("bench.__main__.TOPICS", (Topic("commands", "Commands", "", tuple(cases)),))


def test_one_case_by_its_name(sound_and_broken, tmp_path, capsys):
    assert main(["true", "--quick", "--into", str(tmp_path)]) == 0
    assert "| true |" in capsys.readouterr().out
    assert "## true" in (tmp_path / "commands.md").read_text()


def test_a_case_that_fails_is_told_and_the_others_are_measured(sound_and_broken, tmp_path, capsys):
    assert main(["commands", "--quick", "--into", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "false exited with code 1" in said
    assert said.endswith("failed, see above: false\n")
    assert [file.name for file in (tmp_path / "results").iterdir()] == ["true.json"]


def test_each_case_says_how_long_it_takes_and_what_is_left(sound_and_broken, tmp_path, capsys):
    main(["commands", "--into", str(tmp_path)])
    said = capsys.readouterr().err
    assert "1/2 true: true (about 3 of the 6 minutes left)\ntrue: 0.0 minutes\n2/2 false: false" in said


def test_a_quick_look_writes_nothing(sound_and_broken, monkeypatch, tmp_path):
    monkeypatch.setattr("bench.__main__.DOCS", tmp_path / "docs")
    assert main(["true", "--quick"]) == 0
    assert not (tmp_path / "docs").exists()
    assert main(["true"]) == 0
    assert (tmp_path / "docs" / "results" / "true.json").exists()


def test_pages_are_made_anew_of_what_was_kept(sound_and_broken, tmp_path):
    main(["true", "--quick", "--into", str(tmp_path)])
    page = (tmp_path / "commands.md").read_text()
    (tmp_path / "commands.md").unlink()
    assert main(["--pages", "--into", str(tmp_path)]) == 0
    assert (tmp_path / "commands.md").read_text() == page
