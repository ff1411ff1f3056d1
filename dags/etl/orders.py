"""The work of orders.yaml."""

from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

EUROS = {"EUR": Decimal(1), "USD": Decimal("0.86"), "GBP": Decimal("1.15")}
CENT = Decimal("0.01")


def transform(orders: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield each order with its total in euro cents; decimals come as text, so that none is rounded on the way."""
    for order in orders:
        total = order["quantity"] * Decimal(order["unit_price"]) * EUROS[order["currency"]]
        yield {
            "id": order["id"],
            "day": order["ordered_at"][:10],
            "customer": order["customer"].strip().lower(),
            "cents": int(total.quantize(CENT, ROUND_HALF_EVEN) * 100),
        }
