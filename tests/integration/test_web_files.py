"""Files on web servers: those that send parts, and those that do not."""

import gzip
import json
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from airflow_unifyweaver import BatchJob, run_job
from airflow_unifyweaver.exceptions import SourceError

DATA = b"".join(b"%d\n" % number for number in range(30_000))


class WholeFiles(SimpleHTTPRequestHandler):
    """Ignores what parts are asked for, as Python's server does."""

    def log_message(self, *_):
        pass

    def copyfile(self, source, outputfile):
        try:
            super().copyfile(source, outputfile)
        except (BrokenPipeError, ConnectionResetError):  # the client has enough
            self.close_connection = True


class Parts(WholeFiles):
    def do_GET(self):
        wanted = re.match(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        if not wanted:
            super().do_GET()
            return
        data = Path(self.translate_path(self.path)).read_bytes()
        start, stop = int(wanted[1]), min(int(wanted[2]) + 1, len(data))
        self.send_response(206)
        self.send_header("Content-Length", str(stop - start))
        self.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(data)}")
        self.end_headers()
        self.wfile.write(data[start:stop])


class SilentOnSize(WholeFiles):
    def send_head(self):
        self.send_response(200)
        self.end_headers()
        return Path(self.translate_path(self.path)).open("rb")


@pytest.fixture
def served(tmp_path):
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "numbers.txt").write_bytes(DATA)
    (folder / "numbers.gz").write_bytes(gzip.compress(DATA))
    servers = []

    def start(handler):
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=folder))
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def run(path, folder, backend="bash_fork"):
    fields = {
        "name": "web",
        "source": {"type": "text", "path": path},
        "batch": {"batch_bytes": 20_000},
        "work": {"command": "awk '{s += $1} END {print s}'"},
        "parallel": {"backend": backend, "workers": 2, "strict": True},
        "aggregation": {"reduce": "sum"},
    }
    return json.loads(run_job(BatchJob.from_dict(fields), folder / "run").file.read_text())


@pytest.mark.parametrize("backend", ["bash_fork", "gnu_parallel"])
@pytest.mark.parametrize("handler", [WholeFiles, Parts])
@pytest.mark.parametrize("name", ["numbers.txt", "numbers.gz"])
def test_files_of_web_servers(served, tmp_path, name, handler, backend):
    assert run(f"{served(handler)}/{name}", tmp_path, backend) == sum(range(30_000))
    copies = {path.suffix for path in (tmp_path / "run").glob("spool/*")}
    assert (".copy" in copies) == (handler is WholeFiles)


def test_what_a_web_server_does_not_do(served, tmp_path):
    with pytest.raises(SourceError, match=r"/none cannot be read: there is no such file; check source.path"):
        run(f"{served(Parts)}/none", tmp_path)
    with pytest.raises(SourceError, match="its server does not tell its size, so it cannot be planned; copy it"):
        run(f"{served(SilentOnSize)}/numbers.txt", tmp_path)
    with pytest.raises(SourceError, match=r"http://127.0.0.1:1/a cannot be read: .*Cannot connect"):
        run("http://127.0.0.1:1/a", tmp_path)
