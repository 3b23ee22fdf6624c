"""A private Mosquitto on a free port, which can be stopped and started again with its memory."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


def free_port():
    """A port nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Broker:
    """Mosquitto with persistence and an unlimited queue, as the docs ask for."""

    def __init__(self, folder: Path, *, password_file: Path | None = None):
        if not Path(MOSQUITTO).exists():
            pytest.skip("no mosquitto on this machine; apt-get install mosquitto")
        self.port, self.folder, self.process = free_port(), folder, None
        folder.mkdir(parents=True, exist_ok=True)
        access = (
            f"allow_anonymous false\npassword_file {password_file}"
            if password_file
            else "allow_anonymous true"
        )
        self.config = folder / "mosquitto.conf"
        self.config.write_text(
            f"listener {self.port} 127.0.0.1\n{access}\nuser root\n"
            f"persistence true\npersistence_location {folder}/\nautosave_interval 1\n"
            "max_queued_messages 0\nmax_inflight_messages 0\nlog_dest none\n"
        )

    def start(self):
        self.process = subprocess.Popen([MOSQUITTO, "-c", str(self.config)], stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return self
            time.sleep(0.02)
        raise TimeoutError("mosquitto did not start")

    def stop(self):
        """As a service is stopped: it writes its memory to disk."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None
