"""Many nodes as one historian: points spread over shards, every shard on as many nodes as it has replicas.

Spreading, gathering and catching up are done here, with plain tables on plain nodes: nothing to
configure on the servers, and no second system to agree on who is alive.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sandan.store.historian.engine import Limits
from sandan.store.historian.remote import ClusterAddress, RemoteEngine
from sandan.store.historian.shard import Shard


class Cluster:
    """Nodes that are several."""

    def __init__(self, address: ClusterAddress, limits: Limits) -> None:
        # Two pools: a shard's task waits for its nodes' tasks, and must not take their places.
        self._outer = ThreadPoolExecutor(4 * len(address.shards), "historian-shard")
        self._inner = ThreadPoolExecutor(4 * len(address.nodes), "historian-node")
        self._shards: list[Shard] = []
        try:
            for number, nodes in enumerate(address.shards):
                engines = [RemoteEngine(node, address, limits) for node in nodes]
                self._shards.append(Shard(number, len(address.shards), engines, address.without, self._inner))
        except BaseException:
            self._let_go()
            raise
        self._appends = False
        self._stop = Event()
        self._watch = Thread(target=self._look, args=(address.watch,), name="historian-watch", daemon=True)
        self._watch.start()

    def states(self) -> dict[str, str]:
        return {node: state.value for shard in self._shards for node, state in shard.states.items()}

    def gather(self, sql: str) -> list[pa.Table]:
        return list(self._outer.map(lambda shard: shard.query(sql), self._shards))

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        for shard in self._shards:
            yield from shard.stream(sql)

    def append(self, batch: pa.Table, table: str = "samples") -> None:
        self._appends = True
        if "point" not in batch.column_names:
            self._on_all([(shard, batch) for shard in self._shards], table)
            return
        place = shard_of(batch["point"].to_numpy(), len(self._shards))
        pieces = [(shard, batch.filter(pa.array(place == shard.number))) for shard in self._shards]
        self._on_all(pieces, table)

    def _on_all(self, pieces: list[tuple[Shard, pa.Table]], table: str) -> None:
        running = [
            self._outer.submit(shard.append, piece, table) for shard, piece in pieces if piece.num_rows
        ]
        for future in running:  # all have ended before the first error is told
            future.exception()
        for future in running:
            future.result()

    def command(self, sql: str) -> None:
        for shard in self._shards:
            shard.command(sql)

    def close(self) -> None:
        self._stop.set()
        self._watch.join()
        self._let_go()

    def _let_go(self) -> None:
        self._outer.shutdown()
        self._inner.shutdown()
        for shard in self._shards:
            shard.close()

    def _look(self, seconds: float) -> None:
        while not self._stop.wait(seconds):
            for shard in self._shards:
                shard.look(writer=self._appends)


def shard_of(points: NDArray[np.uint32], shards: int) -> NDArray[np.uint32]:
    """Which shard keeps a point: Fibonacci hashing, so that neighbours and strides spread evenly."""
    return ((points * np.uint32(2654435769)) >> np.uint32(16)) % np.uint32(shards)
