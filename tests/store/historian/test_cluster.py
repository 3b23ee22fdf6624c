"""Several nodes: what one node says, they say together; and none may be missed."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from threading import Event, Thread

import numpy as np
import pytest

from sandan.clock import SEOUL, Period
from sandan.errors import InvalidInput, Unavailable
from sandan.store.historian.cluster import shard_of
from sandan.store.historian.remote import read_address

T0 = datetime(2025, 1, 1, tzinfo=SEOUL)
Q = timedelta(minutes=15)
YEAR = Period(T0, T0 + timedelta(days=365))


@pytest.fixture
def pair(tmp_path, node):
    """Two nodes of the test's own, to be killed."""
    running = [node(tmp_path / name) for name in ("a", "b")]
    yield running
    for one in running:
        one.kill()


def rows_for(points, n, first=0):
    return [
        (p, T0 + i * Q, T0 + (i + 1) * Q, 1, p + i / 8, 0) for p in points for i in range(first, first + n)
    ]


def until(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to pass in 30 s")


def more(acknowledged):
    """Wait until five more batches are."""
    enough = len(acknowledged) + 5
    until(lambda: len(acknowledged) >= enough)


def test_a_cluster_answers_like_one_node(nodes, reopen, batch, point, tmp_path):
    """Every read of 3 shards equals that of the engine in this process, to the last bit."""
    points = [point(n, "active_power") for n in range(1, 200)]
    rows = batch([(p, s, k, o, v / 7, q) for p, s, k, o, v, q in rows_for(range(1, 200), 40)])
    with (
        reopen(nodes.url(nodes.all[:3], replicas=1)) as several,
        reopen(f"chdb:///{tmp_path}/one") as one,
    ):
        for historian in (one, several):
            historian.append(rows)
        assert several.scan(points, YEAR) == one.scan(points, YEAR)
        assert several.latest() == one.latest()
        assert several.latest(as_of=T0 + 9 * Q) == one.latest(as_of=T0 + 9 * Q)
        for across in (False, True):
            assert several.roll(points, YEAR, "1h", across=across) == one.roll(
                points, YEAR, "1h", across=across
            )
        keys = rows.select(["point", "start", "source"])
        order = [("point", "ascending"), ("start", "ascending")]
        assert several.holds(keys).sort_by(order) == one.holds(keys).sort_by(order)
        assert several.count() == one.count()


def test_points_spread_evenly():
    """Neighbours, and points taken in strides, do not crowd on one shard."""
    for stride in (1, 2, 50, 64):
        share = np.bincount(shard_of(np.arange(0, 4000 * stride, stride, dtype=np.uint32), 4), minlength=4)
        assert share.min() > 800


def test_one_node_killed_and_back_loses_nothing(pair, nodes, reopen, batch, point):
    """Appends and reads go on with one node; the other is caught up before it is read."""
    a, b = pair
    with reopen(nodes.url(pair)) as historian:
        historian.append(batch(rows_for([1], 10)))
        b.kill()
        historian.append(batch(rows_for([1], 10, first=10)))
        assert historian.count() == 20
        assert historian.nodes == {a.name: "live", b.name: "away"}
        b.start()
        historian.append(batch(rows_for([1], 10, first=20)))
        until(lambda: historian.nodes[b.name] == "live")
        a.kill()
        assert historian.scan([point(1)], YEAR).num_rows == 30
        historian.append(batch(rows_for([1], 1, first=30)))
        assert historian.count() == 31
        a.start()


def test_nothing_acknowledged_is_lost_while_a_node_comes_and_goes(pair, nodes, reopen, batch, point):
    """A stream of appends through two deaths of either node: all of them are there in the end, once."""
    a, b = pair
    with reopen(nodes.url(pair)) as historian:
        stop, acknowledged, seen = Event(), [], []

        def write() -> None:
            while not stop.is_set():
                n = len(acknowledged)
                historian.append(batch(rows_for([1, 2, 3], 4, first=4 * n)))
                acknowledged.append(n)

        def read() -> None:
            while not stop.is_set():
                before = len(acknowledged)
                seen.append((before, historian.roll([point(1)], YEAR, "1y")["count"].to_pylist()))

        threads = [Thread(target=write), Thread(target=read)]
        for thread in threads:
            thread.start()
        try:
            for victim in (b, a):
                more(acknowledged)
                victim.kill()
                more(acknowledged)
                victim.start()
                until(lambda: set(historian.nodes.values()) == {"live"})
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert historian.count() == 12 * len(acknowledged)
        assert all(count >= [4 * before] for before, count in seen if before)
        for one in (a, b):
            one.kill()
            assert historian.scan([point(2)], YEAR).num_rows == 4 * len(acknowledged)
            one.start()
            until(lambda: set(historian.nodes.values()) == {"live"})


def test_a_node_that_missed_something_is_not_trusted_alone(pair, nodes, reopen, batch, point):
    """After a restart, the survivor of the past is enough; the one left behind is not, unless accepted."""
    a, b = pair
    url = nodes.url(pair)
    with reopen(url) as historian:
        historian.append(batch(rows_for([1], 10)))
        b.kill()
        historian.append(batch(rows_for([1], 10, first=10)))
    with reopen(url) as historian:
        assert historian.count() == 20
    a.kill()
    b.start()
    with pytest.raises(Unavailable, match=a.name):
        reopen(url)
    with reopen(f"{url}&without={a.name}") as historian:
        assert historian.count() == 10
        historian.append(batch(rows_for([1], 1, first=10)))
    a.start()
    with reopen(url) as historian:  # what only the other had comes back with it
        historian.append(batch(rows_for([2], 1)))
        until(lambda: set(historian.nodes.values()) == {"live"})
        assert historian.scan([point(1)], YEAR).num_rows == 20


def test_a_reader_follows_what_the_writer_found(pair, nodes, reopen, batch):
    """Another process learns from the nodes themselves who is behind, and waits for the writer to mend it."""
    _, b = pair
    url = nodes.url(pair)
    with reopen(url) as writer, reopen(url) as reader:
        writer.append(batch(rows_for([1], 5)))
        b.kill()
        writer.append(batch(rows_for([1], 5, first=5)))
        b.start()
        until(lambda: writer.nodes[b.name] == "live")
        until(lambda: reader.nodes[b.name] == "live")
        assert {reader.count() for _ in range(4)} == {10}


def test_no_node_no_acknowledgement(pair, nodes, reopen, batch):
    """With every node of a shard away an append fails, and says what to do."""
    with reopen(nodes.url(pair)) as historian:
        for one in pair:
            one.kill()
        with pytest.raises(Unavailable):
            historian.append(batch(rows_for([1], 1)))
        with pytest.raises(Unavailable):
            historian.count()
        for one in pair:
            one.start()
        until(lambda: "live" in historian.nodes.values())
        historian.append(batch(rows_for([1], 1)))
        assert historian.count() == 1


def test_the_number_of_shards_is_not_changed_by_a_url(nodes, reopen, batch):
    """Points would be looked for in the wrong place, so it is refused."""
    url = nodes.url(nodes.all, replicas=1)
    reopen(url).close()
    with pytest.raises(InvalidInput):
        reopen(url.replace("replicas=1", "replicas=2"))


@pytest.mark.parametrize(
    "url",
    [
        "clickhouse://user:secret@h1/sandan",
        "clickhouse://h1,h2,h3/sandan?replicas=2",
        "clickhouse://h1/sandan?replica=1",
        "clickhouse://h1:x/sandan",
        "clickhouse://h1/sand-an",
        "clickhouse:///sandan",
    ],
)
def test_a_wrong_address_is_refused_with_a_remedy(url):
    """A password in the URL, nodes that do not divide, unknown options."""
    with pytest.raises(InvalidInput):
        read_address(url)


def test_an_address_names_nodes_shard_by_shard():
    """Sisters stand side by side; the port may be left out."""
    address = read_address("clickhouse://me@h1,h2:9000,h3,h4/db?replicas=2&secure=yes")
    assert address.shards == (("h1:8123", "h2:9000"), ("h3:8123", "h4:8123"))
    assert (address.user, address.database, address.secure) == ("me", "db", True)
