"""What the choice of a backend needs to know of each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from airflow_unifyweaver.job.parallel import Parallel


class BaseBackend(ABC):
    """A way to work through batches."""

    name: ClassVar[str]
    """As ``parallel.backend`` calls it."""

    @classmethod
    @abstractmethod
    def unusable(cls, parallel: Parallel) -> str | None:
        """Return why the backend cannot be used here, or None when it can.

        :param parallel: what the job says of it, such as the address of a cluster.
        """

    @classmethod
    def unasked(cls, parallel: Parallel) -> str | None:  # noqa: ARG003
        """Return why nobody should get the backend who did not ask for it: no cluster is given. None when one is.

        :param parallel: what the job says of it, such as the address of a cluster.
        """
        return None
