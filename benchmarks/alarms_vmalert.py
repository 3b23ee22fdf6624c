"""A peer of the alarm rules: vmalert, the rule engine of VictoriaMetrics, over samples that are stored.

It speaks PromQL: a limit and `for`, but neither a deadband nor an off-delay. Its replay asks the store
once for a rule and all steps, where a live one asks once a step; that favours it, and is left so.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
from numpy.typing import NDArray

from benchmarks.alarms_loop import Told
from benchmarks.peers import victoria_program, victoria_server
from sandan.control.engine.alarms.scope import Pairs
from sandan.control.model.alarms import RuleKind

MINUTE_MS = 60_000
SIDES = {RuleKind.HIGH: ">", RuleKind.LOW: "<"}
BEHIND = {RuleKind.HIGH: "<", RuleKind.LOW: ">"}
Values = Sequence[tuple[int, NDArray[np.float64]]]
"""Of each step its time [ms] and the value of every point."""


class Vmalert:
    """A server that holds the samples and the limits, judged by a vmalert of its own each time."""

    def __init__(self, client: httpx.Client, server: int, pairs: Pairs, values: Values) -> None:
        self._client, self._server, self._pairs, self._values = client, server, pairs, values
        for at, value in values:
            self._put("".join(f'v{{p="{p}"}} {x} {at}\n' for p, x in enumerate(value.tolist())))
        self._put("".join(self._limits()))

    def judge_each(self) -> tuple[float, list[Told]]:
        """CPU seconds and what was told, with an alerting rule for each rule, as one writes them."""
        of: dict[int, list[int]] = {}
        for rule, point in zip(self._pairs.rule.tolist(), self._pairs.point.tolist(), strict=True):
            of.setdefault(rule, []).append(point)
        rules = []
        for number, points in of.items():
            rule = self._pairs.rules[number]
            among = "|".join(map(str, points))
            rules.append(
                {
                    "alert": rule.id,
                    "expr": f'v{{p=~"{among}"}} {SIDES[rule.kind]} {rule.limit}',
                    "for": f"{rule.on_delay.total_seconds():.0f}s",
                    "labels": {"r": rule.id},
                }
            )
        return self._judge(rules)

    def judge_joined(self) -> tuple[float, list[Told]]:
        """The same with the limits as series and one alerting rule for each side and delay, as experts do."""
        kinds = {(rule.kind, int(rule.on_delay.total_seconds())) for rule in self._pairs.rules}
        rules = [
            {
                "alert": f"{kind}_{wait}",
                "expr": f'last_over_time(limit{{side="{kind}",wait="{wait}"}}[1d])'
                f" {BEHIND[kind]} on(p) group_left() v",
                "for": f"{wait}s",
            }
            for kind, wait in sorted(kinds)
        ]
        return self._judge(rules)

    def _limits(self) -> Iterator[str]:
        pairs, at = self._pairs, self._values[0][0]
        for pair in range(len(pairs)):
            rule = pairs.rules[int(pairs.rule[pair])]
            wait = int(rule.on_delay.total_seconds())
            labels = f'r="{rule.id}",p="{pairs.point[pair]}",side="{rule.kind}",wait="{wait}"'
            yield f"limit{{{labels}}} {rule.limit} {at}\n"

    def _put(self, lines: str) -> None:
        self._client.post("/api/v1/import/prometheus", content=lines.encode()).raise_for_status()

    def _judge(self, rules: Sequence[object]) -> tuple[float, list[Told]]:
        for name in ("ALERTS", "ALERTS_FOR_STATE"):
            self._client.get("/api/v1/admin/tsdb/delete_series", params={"match[]": name}).raise_for_status()
        self._client.get("/internal/force_flush").raise_for_status()
        first, last = self._values[0][0], self._values[-1][0]
        with tempfile.TemporaryDirectory(prefix="sandan-vmalert-") as folder:
            table = Path(folder) / "rules.yaml"  # JSON is YAML
            group = {"name": "all", "interval": "1m", "rules": rules}
            table.write_text(json.dumps({"groups": [group]}), encoding="utf-8")
            before = _spent(self._server)
            subprocess.run(
                [
                    victoria_program("vmalert"),
                    f"-rule={table}",
                    f"-datasource.url={self._client.base_url}",
                    f"-remoteWrite.url={self._client.base_url}",
                    f"-replay.timeFrom={_instant(first)}",
                    f"-replay.timeTo={_instant(last)}",
                    "-datasource.queryStep=1m",
                    "-replay.rulesDelay=0s",
                    "-replay.disableProgressBar",
                    "-remoteWrite.maxQueueSize=1000000",
                    "-httpListenAddr=127.0.0.1:0",
                ],
                check=True,
                capture_output=True,
            )
            seconds = _spent(self._server) - before
        self._client.get("/internal/force_flush").raise_for_status()
        return seconds, sorted(self._told(last))

    def _told(self, last: int) -> Iterator[Told]:
        """Each run of steps at which an alert was firing; what may go on after the last is not over."""
        names = [point.id for point in self._pairs.points]
        asked = {"match[]": 'ALERTS{alertstate="firing"}'}
        for line in self._client.get("/api/v1/export", params=asked).raise_for_status().text.splitlines():
            series = json.loads(line)
            alarm = f"{series['metric']['r']}@{names[int(series['metric']['p'])]}"
            at = np.unique(np.array(series["timestamps"], np.int64))
            gaps = np.flatnonzero(np.diff(at) > MINUTE_MS)
            yield from ((alarm, int(begin), True) for begin in at[np.append(0, gaps + 1)])
            ends = at[np.append(gaps, len(at) - 1)]
            yield from ((alarm, int(end) + MINUTE_MS, False) for end in ends if end < last)


@contextmanager
def vmalert(pairs: Pairs, values: Values) -> Iterator[Vmalert]:
    """Both programs over these samples, their caches off."""
    with victoria_server("-search.disableCache") as (client, _, server):
        yield Vmalert(client, server, pairs, values)


def _spent(server: int) -> float:
    """CPU seconds of the server and of every child that has ended."""
    fields = Path(f"/proc/{server}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) / ticks + children.ru_utime + children.ru_stime


def _instant(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
