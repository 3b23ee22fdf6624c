"""A peer of the alarm rules: CLIPS, a production rule engine (Rete), in an environment of its own.

Run as `python alarms_clips.py FOLDER` by the Python that has it: reads `watches.json`, `steps.json` and
`values` (doubles, step by step), writes `told.json`. Knows nothing of Sandan.
"""

from __future__ import annotations

import json
import sys
import time
from array import array
from pathlib import Path


def judge(folder: Path) -> None:
    """Give the engine each step's samples, let it come to rest, and write what it told and what it took."""
    import clips  # type: ignore[import-not-found]  # noqa: PLC0415  # installed only where it runs

    told: list[tuple[str, int, bool]] = []
    environment = clips.Environment()
    environment.define_function(lambda alarm, at, on: told.append((str(alarm), int(at), bool(on))), "told")
    environment.load(str(Path(__file__).with_suffix(".clp")))
    watch, sample = environment.find_template("watch"), environment.find_template("sample")
    for facts in json.loads((folder / "watches.json").read_text()):
        watch.assert_fact(**facts)
    steps = json.loads((folder / "steps.json").read_text())
    values = array("d")
    values.frombytes((folder / "values").read_bytes())
    points = len(values) // len(steps)
    seconds = 0.0
    for step, at in enumerate(steps):
        row = values[step * points : (step + 1) * points].tolist()
        began = time.process_time()
        for point, value in enumerate(row):
            sample.assert_fact(point=point, at=at, value=value)
        environment.run()
        seconds += time.process_time() - began
    (folder / "told.json").write_text(json.dumps({"seconds": seconds, "told": told}))


if __name__ == "__main__":
    judge(Path(sys.argv[1]))
