"""Integers of any size as decimal digits, and back.

Python refuses to convert more than ``sys.get_int_max_str_digits()`` digits (4,300 unless changed) at once. That limit
is one setting for the whole interpreter, user code and its other threads included, so it is left alone: numbers are
converted in pieces that are always allowed.
"""

from __future__ import annotations

_ALWAYS_ALLOWED = 512  # Python never limits conversions below 640 digits
_SMALL = 10**_ALWAYS_ALLOWED
_BITS_PER_DIGIT = 3.3219


def to_digits(value: int) -> str:
    """Write an integer of any size in decimal."""
    if value < 0:
        return "-" + to_digits(-value)
    if value < _SMALL:
        return int.__repr__(value)
    half = int(value.bit_length() / _BITS_PER_DIGIT) // 2
    high, low = divmod(value, _power_of_ten(half))
    return to_digits(high) + to_digits(low).zfill(half)


def from_digits(text: str) -> int:
    """Read an integer of any size: decimal digits, perhaps after a sign."""
    if len(text) <= _ALWAYS_ALLOWED:
        return int(text)
    if text[0] in "+-":
        magnitude = from_digits(text[1:])
        return -magnitude if text[0] == "-" else magnitude
    half = len(text) // 2
    return from_digits(text[:-half]) * _power_of_ten(half) + from_digits(text[-half:])


def _power_of_ten(exponent: int) -> int:
    power: int = 10**exponent
    return power
