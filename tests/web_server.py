"""A web server for tests and measurements, in a process of its own: late, faulty or paginated as it is told to be.

``python web_server.py --latency 0.05 --faults 0.05 --seed 7`` prints its port, and serves until it is killed:

- ``/pages/NAME``: a page of its own for every name, as HTML with an ETag. As many of the answers as ``--faults``
  says are 500, 429, stalled or cut short; the seed decides which, so that they are the same ones in every run.
- ``/items?count=45&size=10&by=page&page=2``: the second page of 45 items as JSON; ``by`` is page, offset, cursor, next
  (the address of the next page) or link (the same in the header).
- ``/status/404``, ``/moved?to=ADDRESS``, ``/echo`` (the headers of the request as JSON), ``/bytes/1000``.
- ``/log``: how often each path was answered well, and the most requests that were under way at a time, as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import time
from collections import Counter
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

STALL_SECONDS = 3600
FAULTS = ("500", "429", "stalled", "truncated")


class Server:
    """Answers requests.

    :param latency: seconds before each answer.
    :param faults: share of the answers for pages that go wrong.
    :param seed: decides which.
    """

    def __init__(self, latency: float, faults: float, seed: int) -> None:
        self._latency = latency
        self._faults = faults
        self._seed = seed
        self._asked: Counter[str] = Counter()
        self._answered: Counter[str] = Counter()
        self._starts: list[float] = []
        self._busy = 0
        self._most_busy = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of a connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                request, *lines = head.decode("latin-1").split("\r\n")
                headers = dict(line.split(": ", 1) for line in lines if line)
                if not await self._answer(request.split(" ")[1], headers, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, target: str, headers: dict[str, str], writer: asyncio.StreamWriter) -> bool:
        url = urlsplit(target)
        if url.path == "/log":
            log = {"answered": self._answered, "starts": self._starts, "most_busy": self._most_busy}
            _write(writer, 200, json.dumps(log).encode())
            return True
        self._starts.append(time.monotonic())
        self._busy += 1
        self._most_busy = max(self._most_busy, self._busy)
        try:
            if self._latency:
                await asyncio.sleep(self._latency)
            self._asked[target] += 1
            fault = self._fault(target) if url.path.startswith("/pages/") else ""
            if fault == "stalled":
                await asyncio.sleep(STALL_SECONDS)
            if fault in ("500", "429"):
                _write(writer, int(fault), b"", {"Retry-After": "0"} if fault == "429" else {})
                return True
            status, body, more = self._page(target, url.path, parse_qs(url.query), headers)
            if fault == "truncated":
                _write(writer, status, body, more, sent=len(body) // 2)
                return False
            self._answered[target] += 1
            _write(writer, status, body, more)
        finally:
            self._busy -= 1
        return True

    def _fault(self, target: str) -> str:
        key = f"{self._seed} {target} {self._asked[target]}"
        chance = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64
        return FAULTS[int(chance / self._faults * len(FAULTS))] if chance < self._faults else ""

    def _page(
        self, target: str, path: str, query: dict[str, list[str]], headers: dict[str, str]
    ) -> tuple[int, bytes, dict[str, str]]:
        kind, _, rest = path[1:].partition("/")
        if kind == "pages":
            return 200, f"<h1>Page {rest}</h1>".encode(), {"Content-Type": "text/html", "ETag": f'"{rest}"'}
        if kind == "items":
            return self._items(target, {name: values[0] for name, values in query.items()})
        if kind == "status":
            return int(rest), b"[]", {"Retry-After": query["after"][0]} if "after" in query else {}
        if kind == "moved":
            return 302, b"", {"Location": query["to"][0]}
        if kind == "bytes":
            return 200, b"x" * int(rest), {"Content-Type": "text/plain"}
        return 200, json.dumps(headers).encode(), {}

    def _items(self, target: str, query: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        count, size, by = int(query["count"]), int(query["size"]), query["by"]
        start = (int(query["page"]) - 1) * size if by == "page" else int(query.get(by, query.get("offset", 0)))
        stop = min(start + size, count)
        answer: dict[str, object] = {"data": {"items": [{"id": number} for number in range(start, stop)]}}
        following = f"/items?count={count}&size={size}&by={by}&offset={stop}"
        if by == "cursor":
            answer["next"] = stop if stop < count else None
        if by == "next":
            answer["next"] = following if stop < count else None
        link = {"Link": f'<{following}>; rel="next", </items>; rel="up"'} if by == "link" and stop < count else {}
        etag = {"ETag": f'"{count}"'}
        if start >= count and query.get("end") == "404":
            return 404, b"", {}
        return 200, json.dumps(answer).encode(), link | etag


def _write(
    writer: asyncio.StreamWriter,
    status: int,
    body: bytes,
    headers: dict[str, str] | None = None,
    sent: int | None = None,
) -> None:
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body))} | (headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    phrase = HTTPStatus(status).phrase
    writer.write(f"HTTP/1.1 {status} {phrase}\r\n{head}\r\n".encode() + body[:sent])


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--faults", type=float, default=0.0, help="share of the pages' answers that go wrong")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    server = await asyncio.start_server(
        Server(options.latency, options.faults, options.seed).serve, "127.0.0.1", 0, backlog=1000
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
