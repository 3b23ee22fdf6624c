"""One shard: nodes that hold the same rows, and which of them may be read.

Every node keeps a numbered list of *members*: the nodes that hold all that was acknowledged. An
append that one of them misses is acknowledged only after the others have noted, on disk, the list
without it. A node that was away is therefore known to be behind, also after Sandan starts anew, and
is not read before it has been caught up. One process appends; others follow the list.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence, Set
from concurrent.futures import Executor
from dataclasses import dataclass
from enum import Enum
from functools import partial
from itertools import count
from threading import RLock

import pyarrow as pa

from sandan.errors import InvalidInput, SandanError, Unavailable
from sandan.store.historian.engine import Lost
from sandan.store.historian.mending import catch_up
from sandan.store.historian.remote import RemoteEngine
from sandan.store.historian.tables import cluster_definitions
from sandan.words import Text

log = logging.getLogger(__name__)

STANDING = pa.schema(
    [
        pa.field("epoch", pa.uint32(), nullable=False),
        pa.field("shard", pa.uint16(), nullable=False),
        pa.field("shards", pa.uint16(), nullable=False),
        pa.field("members", pa.list_(pa.string()), nullable=False),
    ]
)


class State(Enum):
    """How a node stands, as this process sees it."""

    LIVE = "live"
    BEHIND = "behind"
    """Answers and is appended to, but has missed something: not read."""
    AWAY = "away"


@dataclass(frozen=True, slots=True)
class Standing:
    """A node's newest list: who is whole."""

    epoch: int
    shard: int
    shards: int
    members: frozenset[str]


def _note(rows: pa.Table, engine: RemoteEngine) -> None:
    engine.insert("standing", rows)


class Shard:
    """The nodes of one shard."""

    def __init__(
        self,
        number: int,
        shards: int,
        engines: Sequence[RemoteEngine],
        without: frozenset[str],
        pool: Executor,
    ) -> None:
        self.number, self._shards, self._pool = number, shards, pool
        self._engines = {engine.node: engine for engine in engines}
        self._states = dict.fromkeys(self._engines, State.AWAY)
        self._lock = RLock()
        self._turns = count()
        self._epoch, self._members = 0, frozenset[str]()
        self._open(without)

    @property
    def states(self) -> dict[str, State]:
        return dict(self._states)

    def append(self, batch: pa.Table, table: str) -> None:
        """On the disk of every member when it returns; who failed is a member no longer."""
        with self._lock:
            targets = self._in(State.LIVE, State.BEHIND)
            errors = self._everywhere(targets, lambda engine: engine.insert(table, batch))
            if not [n for n in self._in(State.LIVE) if n not in errors]:
                raise next(iter(errors.values()), self._nobody())
            for node, error in errors.items():
                self._lose(node, error)
            if self._members != frozenset(self._in(State.LIVE)):
                self._record()

    def query(self, sql: str) -> pa.Table:
        """The answer of one node that is whole."""
        for _ in self._engines:
            live = self._in(State.LIVE)
            if not live:
                break
            node = live[next(self._turns) % len(live)]
            try:
                return self._engines[node].query(sql)
            except Lost as error:
                self._lose(node, error)
        raise self._nobody()

    def stream(self, sql: str) -> Iterator[pa.RecordBatch]:
        """Read from one node; if that fails midway, so does the reading."""
        live = self._in(State.LIVE)
        if not live:
            raise self._nobody()
        yield from self._engines[live[0]].stream(sql)

    def command(self, sql: str) -> None:
        """On every node that answers; one that is away catches up later."""
        with self._lock:
            errors = self._everywhere(self._in(State.LIVE, State.BEHIND), lambda engine: engine.command(sql))
            for node, error in errors.items():
                if not isinstance(error, Lost):
                    raise error
                self._lose(node, error)

    def look(self, *, writer: bool) -> None:
        """See who is back, follow the list, and let the writer catch up who is behind."""
        for node in self._in(State.AWAY):
            if self._greet(node) is not None:
                with self._lock:
                    self._states[node] = State.BEHIND
        with self._lock:
            self._follow()
        if writer:
            for node in self._in(State.BEHIND):
                self._mend(node)

    def close(self) -> None:
        for engine in self._engines.values():
            engine.close()

    def _open(self, without: frozenset[str]) -> None:
        found = {node: self._greet(node) for node in self._engines if node not in without}
        reached = {node: standing for node, standing in found.items() if standing is not None}
        known = {node: standing for node, standing in reached.items() if standing.epoch}
        if not known:
            if missing := set(self._engines) - set(reached):
                raise self._incomplete(missing)
            self._states.update(dict.fromkeys(reached, State.LIVE))
            self._record()
            return
        newest = max(known.values(), key=lambda standing: standing.epoch)
        if (newest.shard, newest.shards) != (self.number, self._shards):
            raise self._misplaced(newest)
        if missing := set(newest.members) - set(reached) - without:
            # One of these may have gone on alone: what the others hold may not be all.
            raise self._incomplete(missing)
        whole: Set[str] = {node for node in known if known[node] == newest and node in newest.members}
        if not whole:
            whole = {node for node in known if known[node] == newest}
        for node in reached:
            self._states[node] = State.LIVE if node in whole else State.BEHIND
        self._epoch, self._members = newest.epoch, newest.members
        if whole != newest.members:
            self._record()

    def _greet(self, node: str) -> Standing | None:
        """What the node has noted, its tables made when it is new; nothing when it does not answer."""
        try:
            for statement in cluster_definitions():
                self._engines[node].command(statement)
            return self._standing(node)
        except Unavailable as error:
            log.debug("%s", error)
            return None

    def _standing(self, node: str) -> Standing:
        sql = "SELECT * FROM standing ORDER BY epoch DESC LIMIT 1"
        for row in self._engines[node].query(sql).to_pylist():
            return Standing(row["epoch"], row["shard"], row["shards"], frozenset(row["members"]))
        return Standing(0, self.number, self._shards, frozenset())

    def _record(self) -> None:
        """Note the nodes that are live as the members, on each of them, before anything depends on it."""
        while live := self._in(State.LIVE):
            row = [{"epoch": self._epoch + 1, "shard": self.number, "shards": self._shards, "members": live}]
            errors = self._everywhere(live, partial(_note, pa.Table.from_pylist(row, schema=STANDING)))
            self._epoch += 1
            if not errors:
                self._members = frozenset(live)
                return
            for node, error in errors.items():
                self._lose(node, error)
        raise self._nobody()

    def _follow(self) -> None:
        """Take over a newer list, or the place in it of a node that was only briefly unreachable."""
        for node in self._in(State.LIVE):
            try:
                standing = self._standing(node)
            except Lost as error:
                self._lose(node, error)
                continue
            if standing.epoch > self._epoch:
                self._epoch, self._members = standing.epoch, standing.members
        for node in self._in(State.LIVE, State.BEHIND):
            self._states[node] = State.LIVE if node in self._members else State.BEHIND

    def _mend(self, node: str) -> None:
        live = self._in(State.LIVE)
        if not live:
            return
        try:
            catch_up(self._engines[live[0]], self._engines[node])
        except Unavailable as error:
            with self._lock:
                self._lose(node, error)
            return
        with self._lock:
            if self._states[node] is State.BEHIND:  # it missed no append meanwhile
                self._states[node] = State.LIVE
                self._record()
                log.info("historian node %s is whole again", node)

    def _lose(self, node: str, error: SandanError) -> None:
        if self._states[node] is not State.AWAY:
            self._states[node] = State.AWAY
            log.warning("historian node %s is away: %s", node, error)

    def _in(self, *states: State) -> list[str]:
        return [node for node, state in self._states.items() if state in states]

    def _everywhere(
        self, nodes: Sequence[str], act: Callable[[RemoteEngine], None]
    ) -> dict[str, SandanError]:
        """Do it on all of them at once; who failed, and how."""
        running = {node: self._pool.submit(act, self._engines[node]) for node in nodes}
        errors: dict[str, SandanError] = {}
        for node, future in running.items():
            try:
                future.result()
            except SandanError as error:
                errors[node] = error
        return errors

    def _nobody(self) -> Unavailable:
        names = ", ".join(self._engines)
        return Unavailable(
            Text(
                f"계측 저장소 샤드 {self.number}의 노드({names})가 모두 응답하지 않습니다."
                " 하나라도 되살리십시오.",
                f"no node of the historian's shard {self.number} ({names}) can be read: bring one back.",
            )
        )

    def _incomplete(self, missing: Set[str]) -> Unavailable:
        names = ",".join(sorted(missing))
        return Unavailable(
            Text(
                f"계측 저장소 노드 {names}이(가) 없으면 자료가 온전한지 알 수 없습니다. 노드를 되살리거나,"
                f" 잃어도 된다면 주소에 without={names} 를 붙이십시오.",
                f"without the historian's nodes {names} it is not known whether the data are whole:"
                f" bring them back, or accept their loss by without={names} in the URL.",
            )
        )

    def _misplaced(self, standing: Standing) -> InvalidInput:
        return InvalidInput.because(
            "historian",
            Text(
                f"이 노드들은 샤드 {standing.shard}/{standing.shards}인데"
                f" 주소에는 {self.number}/{self._shards}입니다.",
                f"these nodes are shard {standing.shard} of {standing.shards},"
                f" the URL makes them {self.number} of {self._shards}.",
            ),
            Text(
                "노드를 원래 순서로 쓰십시오. 샤드 수는 백업과 복원으로 바꿉니다.",
                "write the nodes in their order; the number of shards changes by backup and restore.",
            ),
        )
