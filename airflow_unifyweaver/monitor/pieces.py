"""Which pieces of an adaptive plan the batches of a run are made of."""

from __future__ import annotations

from array import array


class Pieces:
    """The owner of each piece, by the rule of :class:`~airflow_unifyweaver.run.state.ShardState`, in eight bytes each.

    :param number: how many pieces there are.
    """

    def __init__(self, number: int) -> None:
        self._owners = array("I", range(number))
        self.sizes = array("I", [1]) * number
        """Of how many pieces each batch was made by its last claim."""

    def owner(self, piece: int) -> int:
        """Return the batch that a piece belongs to."""
        owner = self._owners[piece]
        return owner if piece < owner + self.sizes[owner] else piece

    def holds(self, index: int) -> bool:
        """Tell whether the last claim on every piece of a batch is the batch's own."""
        return all(self.owner(piece) == index for piece in range(index, index + self.sizes[index]))

    def claim(self, index: int, size: int) -> list[int]:
        """Give pieces to a batch, and return those that are set back: all of every batch that changes thereby.

        :param index: the batch.
        :param size: how many pieces it gets.
        """
        stop = index + size
        changed = {self.owner(piece) for piece in range(index, stop)} - {index}
        if size != self.sizes[index]:
            changed.add(index)
        back = [
            piece
            for other in changed
            for piece in range(other, other + self.sizes[other])
            if self.owner(piece) == other
        ]
        self.sizes[index] = size
        self._owners[index:stop] = array("I", [index]) * size
        return back
