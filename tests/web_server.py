"""A web server for tests and measurements, in a process of its own: late, faulty or paginated as it is told to be.

``python web_server.py --latency 0.05 --faults 0.05 --seed 7`` prints its port, and serves until it is killed:

- ``/pages/NAME``: a page of its own for every name, as HTML with an ETag. As many of the answers as ``--faults``
  says are 500, 429, stalled or cut short; the seed decides which, so that they are the same ones in every run.
- ``/items?count=45&size=10&by=page&page=2``: the second page of 45 items as JSON; ``by`` is page, offset, cursor, next
  (the address of the next page) or link (the same in the header).
- ``/status/404``, ``/moved?to=ADDRESS``, ``/loop``, ``/echo`` (the headers of the request as JSON), ``/say?body=TEXT``,
  ``/bytes/1000``, ``/slow`` (a byte every tenth of a second), ``/guarded`` (401 without the right header),
  ``/versions/NAME`` (another ETag each time).
- ``/log``: how often each path was answered well, and the most requests that were under way at a time, as JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import ssl
import time
from collections import Counter
from http import HTTPStatus
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

STALL_SECONDS = 3600
GUARD = "Bearer very-secret"
FAULTS = ("500", "429", "stalled", "truncated")


Headers = dict[str, str]


class Answer(NamedTuple):
    """What is sent back."""

    body: str
    status: int = 200
    headers: Headers = {}  # noqa: RUF012 - nobody writes to it


class Request:
    """What is asked for: ``/KIND/REST?QUERY``."""

    def __init__(self, target: str, headers: Headers) -> None:
        url = urlsplit(target)
        self.target = target
        self.headers = headers
        self.kind, _, self.rest = url.path[1:].partition("/")
        self.query = {name: values[0] for name, values in parse_qs(url.query).items()}


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

    async def _answer(self, target: str, headers: Headers, writer: asyncio.StreamWriter) -> bool:
        """Answer one request, and return whether the connection can be used for another one."""
        request = Request(target, headers)
        if request.kind == "log":
            log = {"answered": self._answered, "starts": self._starts, "most_busy": self._most_busy}
            _write(writer, Answer(json.dumps(log)))
            return True
        self._starts.append(time.monotonic())
        self._busy += 1
        self._most_busy = max(self._most_busy, self._busy)
        try:
            await asyncio.sleep(self._latency)
            self._asked[target] += 1
            return await self._faulty(request, writer)
        finally:
            self._busy -= 1

    async def _faulty(self, request: Request, writer: asyncio.StreamWriter) -> bool:
        fault = self._fault(request.target) if request.kind == "pages" else ""
        if fault == "stalled":
            await asyncio.sleep(STALL_SECONDS)
        if fault in ("500", "429"):
            _write(writer, Answer("", int(fault), {"Retry-After": "0"} if fault == "429" else {}))
            return True
        if request.kind == "slow":
            await _drip(writer)
            return False
        answer = getattr(self, f"_{request.kind}")(request)
        if fault == "truncated":
            _write(writer, answer, sent=len(answer.body) // 2)
            return False
        self._answered[request.target] += 1
        _write(writer, answer)
        return True

    def _fault(self, target: str) -> str:
        key = f"{self._seed} {target} {self._asked[target]}"
        chance = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) / 2**64
        return FAULTS[int(chance / self._faults * len(FAULTS))] if chance < self._faults else ""

    def _pages(self, request: Request) -> Answer:
        headers = {"Content-Type": "text/html", "Set-Cookie": "visited=yes", "ETag": f'"{request.rest}"'}
        return Answer(f"<h1>Page {request.rest}</h1>", 200, headers)

    def _items(self, request: Request) -> Answer:
        query = request.query
        count, size, by = int(query["count"]), int(query["size"]), query["by"]
        start = (int(query["page"]) - 1) * size if by == "page" else int(query.get(by, query.get("offset", 0)))
        stop = min(start + size, count)
        if start >= count and query.get("end") == "404":
            return Answer("", 404)
        answer: dict[str, object] = {"data": {"items": [{"id": number} for number in range(start, stop)]}}
        following = f"/items?count={count}&size={size}&by={by}&offset={stop}"
        if by in ("cursor", "next"):
            answer["next"] = (stop if by == "cursor" else following) if stop < count else None
        link = {"Link": f'</items>; rel="up", <{following}>; rel="Next last"'} if by == "link" and stop < count else {}
        return Answer(json.dumps(answer), 200, link)

    def _status(self, request: Request) -> Answer:
        after = request.query.get("after")
        return Answer("[]", int(request.rest), {} if after is None else {"Retry-After": after})

    def _moved(self, request: Request) -> Answer:
        return Answer("", 302, {"Location": request.query["to"]})

    def _loop(self, _: Request) -> Answer:
        return Answer("", 302, {"Location": "/loop"})

    def _echo(self, request: Request) -> Answer:
        return Answer(json.dumps(request.headers))

    def _say(self, request: Request) -> Answer:
        return Answer(request.query["body"])

    def _bytes(self, request: Request) -> Answer:
        return Answer("x" * int(request.rest))

    def _guarded(self, request: Request) -> Answer:
        return Answer("[]", 200 if request.headers.get("Authorization") == GUARD else 401)

    def _versions(self, request: Request) -> Answer:
        return Answer('[{"id": 0}]', 200, {"ETag": f'"{self._asked[request.target]}"'})


async def _drip(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(1000):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.1)


def _write(writer: asyncio.StreamWriter, answer: Answer, sent: int | None = None) -> None:
    body = answer.body.encode()
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body))} | answer.headers
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    phrase = HTTPStatus(answer.status).phrase
    writer.write(f"HTTP/1.1 {answer.status} {phrase}\r\n{head}\r\n".encode() + body[:sent])


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--faults", type=float, default=0.0, help="share of the pages' answers that go wrong")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tls", help="file with a certificate and its key, to serve https with")
    options = parser.parse_args()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH) if options.tls else None
    if tls is not None:
        tls.load_cert_chain(options.tls)
    server = await asyncio.start_server(
        Server(options.latency, options.faults, options.seed).serve, "127.0.0.1", 0, backlog=1000, ssl=tls
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
