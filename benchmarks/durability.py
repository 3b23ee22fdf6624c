"""Is what was acknowledged still there, and there once? Sandan is killed, starved, and its clock set back.

python -m benchmarks durability [--kills 20] [--rate 20000] [--small] [--seed 1]

The whole application is killed with SIGKILL mid-stream, again and again; then the broker is restarted, the
disk filled (an ext4 image, a tmpfs, or a limit on file size, as the machine permits), and the clock
set back. At the end the senders' ledger is compared with every row the historian has.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pyarrow as pa

from benchmarks.durability_child import settings_of
from benchmarks.durability_sender import BEAT, HttpGateway, Ledger, MqttGateway, value_of
from benchmarks.registry import workload
from benchmarks.report import machine, table, write
from sandan.access import SYSTEM
from sandan.app import open_stores
from sandan.clock import Period
from sandan.ingest.records import Wire
from sandan.ingest.service.quarantine import count_quarantine
from sandan.ingest.service.wiring import connect, register_device
from sandan.store import Store
from sandan.twin.model import Point, Thing

GROUP = 100
"""Points in one MQTT message."""
DISK = 600 << 20
"""Bytes of the disk that is filled."""
AT_ONCE = 100


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(slots=True)
class Broker:
    """Mosquitto with its memory on disk."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(exist_ok=True)
        config = self.folder / "mosquitto.conf"
        user = "user root\n" if os.geteuid() == 0 else ""
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\n{user}persistence true\n"
            f"persistence_location {self.folder}/\nmax_queued_messages 0\nmax_inflight_messages 0\n"
            "log_dest none\n"
        )
        program = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise SystemExit("mosquitto is not installed: apt-get install mosquitto")
        self.process = subprocess.Popen([program, "-c", config], stderr=subprocess.DEVNULL)
        wait_for(lambda: _listens(self.port), 10, "the broker")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None


@dataclass(slots=True)
class Sandan:
    """The application in a process of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    limit: int = 0

    def start(self) -> None:
        (self.folder / "status").unlink(missing_ok=True)
        command = [sys.executable, "-m", "benchmarks.durability_child", str(self.folder), str(self.port)]
        if self.limit:
            command = ["prlimit", f"--fsize={self.limit}", *command]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        log.close()

    def ready(self, seconds: float = 120) -> None:
        """Wait until it answers and hears the broker."""
        wait_for(
            lambda: self.status().get("sources", {}).get("mqtt", {}).get("health") == "up",
            seconds,
            "Sandan",
            self,
        )

    def status(self) -> dict[str, object] | dict[str, dict[str, dict[str, object]]]:
        with suppress(OSError, json.JSONDecodeError):
            said = json.loads((self.folder / "status").read_text())
            if self.process is not None and said["pid"] == self.process.pid:
                return said  # type: ignore[no-any-return]  # what the child wrote
        return {}

    def stop(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(120)
            self.process = None


class Stream:
    """Beats on the clock, to both gateways, until it is stopped."""

    def __init__(self, mqtt: MqttGateway, http: HttpGateway) -> None:
        self.mqtt, self.http = mqtt, http
        self.beats: dict[int, int] = {}
        self._stop = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self.began = time.monotonic()
        self._thread.start()

    def stop(self) -> float:
        """No more beats; gives for how long there were."""
        self._stop.set()
        self._thread.join()
        return time.monotonic() - self.began

    def _run(self) -> None:
        beat, origin = 0, time.time()
        while not self._stop.is_set():
            at = round((origin + beat * BEAT) * 1000)
            self.beats[beat] = at
            self.mqtt.send(beat, at)
            self.http.send(beat, at)
            beat += 1
            time.sleep(max(0.0, origin + beat * BEAT - time.time()))


@workload("durability", "kill -9, a full disk, a broker restart and a clock set back: missing 0 doubled 0")
def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks durability")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--rate", type=int, default=20_000, help="samples a second")
    parser.add_argument(
        "--small", action="store_true", help="only the kills, on the plain disk; no page written"
    )
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    half = max(GROUP, round(chosen.rate * BEAT / 2 / GROUP) * GROUP)
    with (
        tempfile.TemporaryDirectory(prefix="sandan-durability-") as name,
        limited(Path(name), chosen.small) as disk,
    ):
        suite = Suite(Path(name), half, random.Random(chosen.seed), disk)
        suite.run(chosen.kills, chosen.small)
        missing, doubled = suite.verify()
        if not chosen.small:
            suite.page(chosen.kills, missing, doubled)
    print(f"missing {missing} doubled {doubled}")
    return 0 if missing == doubled == 0 else 1


class Suite:
    """One run: the stream, what befalls it, and the comparison at the end."""

    def __init__(self, folder: Path, half: int, chance: random.Random, disk: str) -> None:
        self.folder, self.half, self.chance, self.disk = folder, half, chance, disk
        self.broker, self.sandan = Broker(folder / "mosquitto"), Sandan(folder)
        self.ledger = Ledger()
        self.facts: list[tuple[str, str]] = []

    def run(self, kills: int, small: bool) -> None:
        self.broker.start()
        try:
            token = self._prepare()
            self.sandan.start()
            self.sandan.ready()
            mqtt = MqttGateway(self.broker.port, self.ledger, self.half // GROUP, GROUP)
            http = HttpGateway(self.sandan.port, token, self.ledger, self.half)
            self.stream = Stream(mqtt, http)
            self.stream.start()
            try:
                self._kill(kills)
                if not small:
                    self._restart_broker()
                    self._fill_disk()
                    self._set_clock_back()
                time.sleep(1)
                self.lasted = self.stream.stop()
                self._drain(mqtt, http)
            finally:
                http.close()
                mqtt.close()
            self.sandan.stop(signal.SIGTERM)
        finally:
            self.sandan.stop(signal.SIGKILL)
            self.broker.stop()

    def verify(self) -> tuple[int, int]:
        """Acknowledged samples that are not there with their value, and samples that are there twice."""
        missing = doubled = kept = 0
        beats = self.stream.beats
        place = {at: beat for beat, at in beats.items()}
        with open_stores(settings_of(self.folder / "data")) as store:
            with store.registry.read() as conn:
                points = store.points.all(conn)
            period = Period(_instant(min(place) - 1), _instant(max(place) + 1))
            for offset in range(0, len(points), AT_ONCE):
                part = points[offset : offset + AT_ONCE]
                rows = store.historian.scan(part, period, revisions=True)
                kept += rows.num_rows
                lost, twice = self._compare(part, rows, place)
                missing, doubled = missing + lost, doubled + twice
            held = sum(count_quarantine(store, SYSTEM).values())
            corrected = self._corrected(store)
        acknowledged = sum(
            len(beats_taken) * (self.half if group == "h" else GROUP)
            for group, beats_taken in self.ledger.taken.items()
        )
        sent, lasted = self.ledger.sent, self.lasted
        self.facts += [
            ("offered", f"{sent:,} in {lasted:.0f} s: {sent / lasted:,.0f} samples/s"),
            ("acknowledged", f"{acknowledged:,}"),
            ("kept", f"{kept:,}"),
            ("in quarantine", f"{held:,}"),
            ("correction after the clock went back", corrected),
        ]
        for fact in self.facts:
            print(": ".join(fact))
        return missing, doubled + (0 if corrected != "NOT SEEN" else 1)

    def _compare(self, points: Sequence[Point], rows: pa.Table, place: dict[int, int]) -> tuple[int, int]:
        numbers = rows["point"].to_numpy()
        starts = rows["start"].cast(pa.int64()).to_numpy()
        values = rows["value"].to_numpy()
        lost = twice = 0
        for point in points:
            if point.id.startswith("c"):
                continue
            n = int(point.id[1:])
            group = "h" if point.id[0] == "h" else f"q{n // GROUP}"
            mine = numbers == point.number
            own, said = starts[mine], values[mine]
            _, counts = np.unique(own, return_counts=True)
            twice += int((counts - 1).sum())
            right = np.array([place[t] for t in own.tolist()], np.int64)
            good = said == [value_of(beat, np.array([n]))[0] for beat in right.tolist()]
            there = set(right[good].tolist()) if len(own) else set()
            lost += len(self.ledger.taken.get(group, set()) - there)
        return lost, twice

    def _prepare(self) -> str:
        """The points, the device and the connection; gives the device's token."""
        (self.folder / "data").mkdir(exist_ok=True)
        now = datetime.now(UTC)
        with open_stores(settings_of(self.folder / "data")) as store:
            with store.registry.write() as conn:
                store.things.put(conn, [Thing("m", "meter", "계량기")])
                names = [f"{kind}{i:05d}" for kind in "qh" for i in range(self.half)]
                step = timedelta(seconds=BEAT)
                store.points.put(
                    conn, [Point(name, "m", "active_power", step) for name in [*names, "c00000"]]
                )
            _, token = register_device(store, SYSTEM, "http", "gateway", now)
            topics = [{"filter": "plant/+/state"}]
            settings = {"host": "127.0.0.1", "port": self.broker.port, "topics": topics}
            connect(store, SYSTEM, Wire("mqtt", "mqtt", settings), now)
        return token

    def _kill(self, kills: int) -> None:
        for i in range(kills):
            time.sleep(self.chance.uniform(0.5, 3.0))
            self.sandan.stop(signal.SIGKILL)
            self.sandan.start()
            self.sandan.ready()
            self._say(f"kill -9 {i + 1}/{kills}")
        self.facts.append(("kill -9", f"{kills} times, mid-stream"))

    def _restart_broker(self) -> None:
        time.sleep(1)
        self.broker.stop()
        time.sleep(2)
        self.broker.start()
        self.sandan.ready()
        time.sleep(2)
        self._say("broker restarted")
        self.facts.append(("broker restart", "down for 2 s, with persistence"))

    def _fill_disk(self) -> None:
        """Until nothing can be written, and killed in that state; then room is made again."""
        if self.disk == "RLIMIT_FSIZE":
            self.sandan.stop(signal.SIGTERM)
            self.sandan.limit = 64 << 10
            self.sandan.start()
            time.sleep(15)
        else:
            ballast = self.folder / "data" / "ballast"
            with suppress(OSError), ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(1 << 16))
            wait_for(lambda: bool(self.sandan.status().get("blocked")), 60, "a full disk to be noticed")
            self._say(f"disk full: {self.sandan.status().get('blocked')}")
            time.sleep(3)
            ballast.unlink()
            wait_for(lambda: self.sandan.status().get("blocked") is None, 120, "readings to be kept again")
            time.sleep(2)
            with suppress(OSError), ballast.open("wb", buffering=0) as file:
                while True:
                    file.write(bytes(1 << 16))
            wait_for(lambda: bool(self.sandan.status().get("blocked")), 60, "a full disk to be noticed")
            time.sleep(1)
        self.sandan.stop(signal.SIGKILL)
        (self.folder / "data" / "ballast").unlink(missing_ok=True)
        self.sandan.limit = 0
        self.sandan.start()
        self.sandan.ready()
        time.sleep(2)
        self._say("room again")
        self.facts.append(("disk full", f"by {self.disk}: noticed, recovered, filled again and killed"))

    def _set_clock_back(self) -> None:
        self._correct(1.0)
        (self.folder / "clock").write_text("-3600")
        time.sleep(4)
        self.sandan.stop(signal.SIGKILL)
        self.sandan.start()
        self.sandan.ready()
        time.sleep(2)
        self._correct(2.0)
        (self.folder / "clock").write_text("0")
        time.sleep(2)
        self._say("clock set back an hour, killed, restarted, set right")
        self.facts.append(("clock", "an hour back while streaming, kill -9 and restart in that state"))

    def _correct(self, value: float) -> None:
        """One value of a point that tells whether a correction is seen; the second must win."""
        sender = self.stream.http
        at = self.stream.beats[0]
        rows = pa.table({"point": ["c00000"], "time": pa.array([at]), "value": [value]})
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, rows.schema) as writer:
            writer.write_table(rows)
        connection = HTTPConnection("127.0.0.1", self.sandan.port, timeout=60)
        wait_for(
            lambda: sender._post(connection, sink.getvalue().to_pybytes()), 60, "a correction to be kept"
        )

    def _corrected(self, store: Store) -> str:
        with store.registry.read() as conn:
            point = store.points.get(conn, "c00000")
        latest = store.historian.latest([point])
        if latest.num_rows == 0:
            return "not tried"
        return "seen" if latest["value"][0].as_py() == 2.0 else "NOT SEEN"

    def _drain(self, mqtt: MqttGateway, http: HttpGateway) -> None:
        """Everything the broker took has been delivered, everything posted was answered."""
        if not (mqtt.settle(120) and http.settle(300)):
            self._say("the senders could not settle")
        last = max(self.stream.beats.values()) / 1000

        def done() -> bool:
            source = self.sandan.status().get("sources", {}).get("mqtt", {})  # type: ignore[union-attr]  # JSON
            return abs(float(source.get("newest", 0)) - last) < 0.05 and source["in_flight"] == 0

        wait_for(done, 300, "the broker's queue to drain", self.sandan)
        time.sleep(2)
        status = self.sandan.status()
        self.facts.append(("largest memory of the last process", f"{int(status['memory']) / 2**20:,.0f} MiB"))  # type: ignore[call-overload]  # JSON

    def _say(self, text: str) -> None:
        print(f"{time.monotonic() - self.stream.began:6.1f} s  {text}", flush=True)

    def page(self, kills: int, missing: int, doubled: int) -> None:
        """The result, for the page of benchmarks."""
        rows = [*self.facts, ("acknowledged but missing", str(missing)), ("kept twice", str(doubled))]
        write("durability", f"## Durability\n\n{machine()}\n\n{table(('what', 'result'), rows)}")


@contextmanager
def limited(folder: Path, plain: bool) -> Iterator[str]:
    """A small disk under `folder/data`, of the best kind the machine permits; gives its kind."""
    data = folder / "data"
    data.mkdir()
    if plain:
        yield "none"
        return
    image = folder / "disk.ext4"
    with image.open("wb") as file:
        file.truncate(DISK)
    tries = (
        ("an ext4 image", [["mkfs.ext4", "-q", str(image)], ["mount", "-o", "loop", str(image), str(data)]]),
        ("a tmpfs", [["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(data)]]),
    )
    for kind, commands in tries:
        try:
            for command in commands:
                subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
        except (OSError, subprocess.CalledProcessError):
            continue
        try:
            yield kind
        finally:
            subprocess.run(["umount", str(data)], check=True)
        return
    yield "RLIMIT_FSIZE"


def wait_for(condition: Callable[[], bool], seconds: float, what: str, sandan: Sandan | None = None) -> None:
    """Wait until something holds; a Sandan that died meanwhile is started again and its log shown."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        if sandan is not None and sandan.process is not None and sandan.process.poll() is not None:
            print((sandan.folder / "log").read_text()[-3000:], flush=True)
            sandan.start()
        time.sleep(0.05)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _instant(moment: int) -> datetime:
    return datetime.fromtimestamp(moment / 1000, UTC)
