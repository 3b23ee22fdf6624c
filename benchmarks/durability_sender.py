"""The gateways of the durability suite: they send by MQTT and HTTP, and keep a ledger of what was taken.

What the broker acknowledged (MQTT) or Sandan answered with 200 (HTTP) is in the ledger; everything else
is sent again until it is. Each value can be told from its time and its point alone.
"""

from __future__ import annotations

import http.client
import io
import json
import threading
import time
from collections import deque
from dataclasses import dataclass, field

import numpy as np
import orjson
import paho.mqtt.client as paho
import pyarrow as pa
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from sandan.twin.samples import INSTANT

AGAIN = 20
"""Every so many beats an older one is sent a second time, as gateways do that missed an answer."""
BEAT = 0.1
"""Seconds between two samples of a point."""
ARROW = "application/vnd.apache.arrow.stream"


def value_of(beat: int, points: np.ndarray) -> np.ndarray:
    """The value of each point at a beat; exact in binary."""
    return beat % 100_000 + points / 4096.0


@dataclass(slots=True)
class Ledger:
    """Beats of each group of points that were acknowledged."""

    taken: dict[str, set[int]] = field(default_factory=dict)
    sent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, group: str, beat: int) -> None:
        with self.lock:
            self.taken.setdefault(group, set()).add(beat)


class MqttGateway:
    """One publisher, QoS 1: `groups` messages a beat with `size` points each."""

    def __init__(self, port: int, ledger: Ledger, groups: int, size: int) -> None:
        self.ledger, self.groups, self.size = ledger, groups, size
        self.ids = [[f"q{g * size + i:05d}" for i in range(size)] for g in range(groups)]
        self.waiting: dict[int, tuple[str, int]] = {}
        self.early: set[int] = set()
        self.said: list[tuple[int, int, bytes]] = []
        self.lock = threading.Lock()
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id="gateway", protocol=paho.MQTTv5)
        self.client.max_inflight_messages_set(1000)
        self.client.max_queued_messages_set(0)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_publish = self._taken
        session = Properties(PacketTypes.CONNECT)
        session.SessionExpiryInterval = 3600
        self.client.connect("127.0.0.1", port, properties=session)
        self.client.loop_start()

    def send(self, beat: int, at: int) -> None:
        """The messages of one beat; returns at once."""
        for group in range(self.groups):
            points = np.arange(group * self.size, (group + 1) * self.size)
            values = dict(zip(self.ids[group], value_of(beat, points).tolist(), strict=True))
            body = orjson.dumps({"time": at, "values": values})
            self.said.append((group, beat, body))
            self._publish(group, beat, body)
            self.ledger.sent += self.size
        if beat % AGAIN == 0:
            for group, old, body in self.said[: self.groups]:
                self._publish(group, old, body)
            self.said.clear()

    def _publish(self, group: int, beat: int, body: bytes) -> None:
        # not under the lock: paho calls back holding a lock that publishing needs
        mid = self.client.publish(f"plant/{group}/state", body, qos=1).mid
        with self.lock:
            if mid in self.early:
                self.early.discard(mid)
                self.ledger.note(f"q{group}", beat)
            else:
                self.waiting[mid] = (f"q{group}", beat)

    def settle(self, seconds: float) -> bool:
        """Wait until the broker has taken everything."""
        end = time.monotonic() + seconds
        while self.waiting and time.monotonic() < end:
            time.sleep(0.05)
        return not self.waiting

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _taken(self, _: object, __: object, mid: int, ___: object, ____: object) -> None:
        with self.lock:
            group, beat = self.waiting.pop(mid, ("", 0))
            if not group:
                self.early.add(mid)
        if group:
            self.ledger.note(group, beat)


class HttpGateway:
    """Several senders, an Arrow stream of all its points a beat, each repeated until it is kept."""

    def __init__(self, port: int, token: str, ledger: Ledger, size: int, workers: int = 8) -> None:
        self.port, self.token, self.ledger, self.size = port, token, ledger, size
        self.ids = pa.array([f"h{i:05d}" for i in range(size)])
        self.queue: deque[tuple[int, int]] = deque()
        self.old = (0, 0)
        self.busy = 0
        self.refused = 0
        self.stopping = False
        self.ready = threading.Condition()
        self.threads = [threading.Thread(target=self._work, daemon=True) for _ in range(workers)]
        for thread in self.threads:
            thread.start()

    def send(self, beat: int, at: int) -> None:
        """Put one beat in the queue of the senders."""
        with self.ready:
            self.queue.append((beat, at))
            if beat % AGAIN == AGAIN - 1:
                self.queue.append(self.old)
            if beat % AGAIN == 0:
                self.old = (beat, at)
            self.ready.notify()
        self.ledger.sent += self.size

    def settle(self, seconds: float) -> bool:
        """Wait until Sandan has kept everything."""
        end = time.monotonic() + seconds
        while (self.queue or self.busy) and time.monotonic() < end:
            time.sleep(0.05)
        return not (self.queue or self.busy)

    def close(self) -> None:
        with self.ready:
            self.stopping = True
            self.ready.notify_all()

    def _work(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        while True:
            with self.ready:
                self.ready.wait_for(lambda: self.queue or self.stopping)
                if self.stopping:
                    return
                beat, at = self.queue.popleft()
                self.busy += 1
            body = self._body(beat, at)
            while not self.stopping:
                if self._post(connection, body):
                    self.ledger.note("h", beat)
                    break
                connection.close()
                time.sleep(0.2)
            with self.ready:
                self.busy -= 1

    def _body(self, beat: int, at: int) -> bytes:
        rows = pa.table(
            {
                "point": self.ids,
                "time": pa.array(np.full(self.size, at)).cast(INSTANT),
                "value": pa.array(value_of(beat, np.arange(self.size))),
            }
        )
        sink = io.BytesIO()
        with pa.ipc.new_stream(sink, rows.schema) as writer:
            writer.write_table(rows)
        return sink.getvalue()

    def _post(self, connection: http.client.HTTPConnection, body: bytes) -> bool:
        headers = {"authorization": f"Bearer {self.token}", "content-type": ARROW}
        try:
            connection.request("POST", "/api/ingest/readings", body, headers)
            answer = connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException):
            return False
        if answer.status == 200 and json.loads(said)["quarantined"] == 0:
            return True
        self.refused += 1
        return False
