"""Gateways of the web benchmark: so many MQTT messages a second, and marked ones whose time is noted.

Run as `python -m benchmarks.web_sender PLAN`, a JSON file: `port`, `rate` (messages a second), `seconds`,
`points` (ids with a value within their bounds) and `marked` (ids with one value within and one outside).
Each line of the output is a marked message: its number, whether it is outside, and when it was sent [ms].
"""

from __future__ import annotations

import json
import sys
import time
from itertools import cycle
from pathlib import Path
from typing import Any

import orjson
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

BURST = 0.02
"""Seconds between two bursts: a gateway does not send to the microsecond."""
MARK = 0.25
"""Seconds between two marked messages."""


def send(plan: dict[str, Any]) -> None:
    """Send until the time is over, never faster than asked."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="bench", protocol=paho.MQTTv5)
    client.max_inflight_messages_set(2_000)
    client.connect("127.0.0.1", plan["port"])
    client.loop_start()
    points, marked = cycle(plan["points"]), cycle(range(max(1, len(plan["marked"]))))
    outside = [False] * len(plan["marked"])
    began = time.monotonic()
    sent, marks, phase = 0, 0, 0.0
    while (elapsed := time.monotonic() - began) < plan["seconds"]:
        for _ in range(int(elapsed * plan["rate"]) - sent):
            id, value = next(points)
            _publish(client, id, value + (sent % 7) * 0.001)
            sent += 1
        if plan["marked"] and elapsed > marks * MARK + phase:
            i = next(marked)
            id, within, beyond = plan["marked"][i]
            outside[i] = not outside[i]
            at = _publish(client, id, beyond if outside[i] else within)
            print(i, int(outside[i]), at, flush=True)
            marks += 1
            phase = (marks * 0.061) % MARK  # not in step with anybody's second
        time.sleep(BURST)
    client.disconnect()
    client.loop_stop()


def _publish(client: paho.Client, id: str, value: float) -> float:
    at = time.time() * 1000
    client.publish("plant/bench/state", orjson.dumps({"point": id, "time": int(at), "value": value}), qos=1)
    return at


if __name__ == "__main__":
    send(json.loads(Path(sys.argv[1]).read_text()))
