"""What stands beside a committed offset, as its metadata: what is published beyond, and who claims what follows."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

_CLAIM = "claimed by "


@dataclass(frozen=True)
class Ahead:
    """What is published beyond the committed offset of a partition: whatever is due before a time (decision 0045).

    :param stop: the offset up to which messages were looked at.
    :param before: records of these are published that are due before this, in microseconds after the epoch.
    :param column: the column with their times.
    """

    stop: int
    before: int
    column: int | str

    def has(self, offset: int, due: int) -> bool:
        """Tell whether a record is published."""
        return offset < self.stop and due < self.before


@dataclass(frozen=True)
class Metadata:
    """What stands beside a committed offset.

    :param ahead: what is published beyond it.
    :param holder: the place of the run that has claimed what follows.
    """

    ahead: Ahead | None = None
    holder: str | None = None

    def text(self) -> str:
        """Return it as Kafka keeps it."""
        ahead = "" if self.ahead is None else json.dumps(asdict(self.ahead))
        return ahead + ("" if self.holder is None else _CLAIM + self.holder)

    @classmethod
    def parse(cls, text: str | None) -> Metadata:
        """Read what Kafka has kept; nothing, when somebody else has written it."""
        ahead, claim = None, text or ""
        if claim.startswith("{"):
            try:
                fields, end = json.JSONDecoder().raw_decode(claim)
                ahead, claim = Ahead(**fields), claim[end:]
            except (ValueError, TypeError):
                return cls()
        return cls(ahead, claim.removeprefix(_CLAIM) if claim.startswith(_CLAIM) else None)
