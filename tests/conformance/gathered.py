"""The shards of many runs, placed on a cluster as one launch: what takes seconds for each run is then done once."""

import shutil
import threading
from pathlib import Path

from airflow_unifyweaver.backends.cluster import ClusterBackend
from airflow_unifyweaver.backends.select import create

PATIENCE_SECONDS = 500


class GatheredBackend(ClusterBackend):
    """Stands for a cluster's backend in many runs, and differs from it in nothing but the way to the cluster.

    The run that comes last has the real backend place the shards of all. Each run then finds beside its own what came
    of them.

    :param name: of the backend.
    :param runs: how many there are.
    :param workers: of the cluster, for all of them together.
    :param folder: of the launch; it does not exist yet.
    """

    def __init__(self, name, runs, workers, folder):
        self.name = name
        self._workers = workers
        self._folder = folder
        self._shards = []
        self._lock = threading.Lock()
        self._all_have_come = threading.Barrier(runs, self._place_all, PATIENCE_SECONDS)
        self._failure = None

    @classmethod
    def unusable(cls, parallel):
        return None

    def place(self, references, parallel, workers):
        with self._lock:
            self._shards += map(Path, references)
            self._parallel = parallel
        self._all_have_come.wait()
        if self._failure is not None:
            raise self._failure

    def _place_all(self):
        self._folder.mkdir(parents=True)
        placed = {self._folder / f"{number:04d}.pickle": shard for number, shard in enumerate(self._shards)}
        for path, shard in placed.items():
            path.hardlink_to(shard)
        try:
            create(self.name).place(list(map(str, placed)), self._parallel, self._workers)
        except Exception as error:
            self._failure = error
        for path, shard in placed.items():
            if path.with_suffix(".json").exists():
                shutil.copy(path.with_suffix(".json"), shard.with_suffix(".json"))
