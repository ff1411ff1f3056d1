import json
from pathlib import Path

from bench.place import LOGS, Place, digest_of
from bench.timing import measure


def test_amounts_at_a_scale(tmp_path):
    assert Place(tmp_path).of(1000) == 1000
    assert Place(tmp_path, 0.1).of(1000) == 100
    assert Place(tmp_path, 0.001).of(10) == 1


def test_a_log_has_whole_lines_of_real_ones_and_its_size(tmp_path):
    text = Place(tmp_path, 0.5).log(10).read_bytes()
    assert 4_990_000 < len(text) <= 5_000_000
    assert text.endswith(b"\n")
    real = {line for log in LOGS for line in log.read_bytes().splitlines()}
    assert set(text.splitlines()) <= real


def test_a_log_is_made_once(tmp_path):
    place = Place(tmp_path, 0.001)
    before = place.log(1).stat()
    assert place.log(1).stat() == before


def test_numbered_lines(tmp_path):
    assert Place(tmp_path).lines(3).read_text().split() == ["0000000", "0000001", "0000002"]


def test_jobs_have_files_of_their_own_and_what_differs_in_them(tmp_path):
    place = Place(tmp_path)
    files = [place.job(tmp_path / "x", {}, {"command": "cat"}, parallel={"workers": workers})[2] for workers in (1, 7)]
    jobs = [json.loads(Path(file).read_text()) for file in files]
    assert [job["parallel"]["workers"] for job in jobs] == [1, 7]
    assert jobs[0]["parallel"]["backend"] == "bash_fork"


def test_a_run_is_removed_and_inputs_stay(tmp_path):
    place = Place(tmp_path)
    job = place.job(place.lines(2), {}, {"command": "cat"})
    for _ in range(2):
        assert measure(job).output.split() == ["0000000", "0000001"]
        assert place.run.exists()
        place.clear()
        assert not place.run.exists()
    assert place.lines(2).exists()


def test_a_digest_does_not_depend_on_the_order_of_lines():
    digests = {measure(digest_of(["echo", "-e", lines])).output for lines in (r"a\nb", r"b\na")}
    assert len(digests) == 1
    assert measure(digest_of(["echo", "-e", r"a\nc"])).output not in digests
