"""The work of web_scraping.yaml."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

CATEGORY = re.compile(r'class="category">([^<]+)<')
PRICE = re.compile(r'class="price">€ ([\d,]+\.\d\d)<')


def prices(pages: Iterable[dict[str, Any]]) -> Iterator[tuple[str, float]]:
    """Yield the category and the price of each product that is there, and not sold out."""
    for page in pages:
        category, price = CATEGORY.search(page["text"]), PRICE.search(page["text"])
        if category and price:
            yield category[1], float(price[1].replace(",", ""))
