"""A web shop to try web scraping on: a page a product, some sold out and some gone, each after some time.

``tools/shop.py`` writes the URLs of all products to ``dags/scraping/shop_urls.txt``, and serves until it is stopped.
"""

from __future__ import annotations

import argparse
import random
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "dags" / "scraping" / "shop_urls.txt"
CATEGORIES = ("books", "garden", "kitchen", "music", "toys")
PAGE = """<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>Product {number}</title></head><body>
<h1>Product {number}</h1>
<p>In <a class="category">{category}</a></p>
<p class="{kind}">{price}</p>
</body></html>
"""


def page(number: int) -> str | None:
    """Return the page of a product, the same one at every time, or None when it is gone."""
    chance = random.Random(number)  # noqa: S311 - no secret
    fate = chance.random()
    if fate < 0.01:
        return None
    category, price = chance.choice(CATEGORIES), f"€ {chance.uniform(1, 2000):,.2f}"
    kind, shown = ("note", "Sold out") if fate < 0.05 else ("price", price)
    return PAGE.format(number=number, category=category, kind=kind, price=shown)


class Shop(ThreadingHTTPServer):
    """Serves the pages.

    :param latency: seconds before each answer.
    """

    request_queue_size = 1000
    daemon_threads = True

    def __init__(self, port: int, latency: float) -> None:
        super().__init__(("127.0.0.1", port), Visit)
        self.latency = latency


class Visit(BaseHTTPRequestHandler):
    """A connection of a visitor, who may ask for many pages."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Shop

    def do_GET(self) -> None:
        """Answer with the page of a product."""
        time.sleep(self.server.latency)
        number = self.path.removeprefix("/products/")
        found = page(int(number)) if number.isdecimal() else None
        body = (found or "There is no such product.").encode()
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Be silent."""


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before each answer")
    parser.add_argument("--port", type=int, default=8008, help="0 for any that is free")
    parser.add_argument("--urls", type=Path, default=TARGET, help="where to write the URLs of all products")
    options = parser.parse_args()
    with Shop(options.port, options.latency) as shop:
        address = f"http://127.0.0.1:{shop.server_port}"
        options.urls.write_text("".join(f"{address}/products/{number}\n" for number in range(options.products)))
        print(f"{options.products} products at {address}, their URLs in {options.urls}", flush=True)  # noqa: T201
        shop.serve_forever()


if __name__ == "__main__":
    main()
