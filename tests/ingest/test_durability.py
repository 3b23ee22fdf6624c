"""The durability suite in small: what was acknowledged before a kill -9 is there after it, once."""

import subprocess
import sys
from pathlib import Path

from tests.ingest.brokers import MOSQUITTO

ROOT = Path(__file__).parents[2]


def test_two_kills_mid_stream_lose_and_double_nothing():
    """The whole application, MQTT and HTTP at once; the large run is `make bench BENCH=durability`."""
    assert Path(MOSQUITTO).exists(), "apt-get install mosquitto"
    command = [sys.executable, "-m", "benchmarks", "durability", "--small", "--kills", "2", "--rate", "4000"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert done.stdout.strip().splitlines()[-1:] == ["missing 0 doubled 0"], done.stdout + done.stderr
    assert done.returncode == 0
