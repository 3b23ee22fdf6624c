"""What tests of Sandan, ours and yours, stand on: a clock that stands still and a store that goes away.

The store is a real one in a temporary folder; nothing here pretends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sandan.store import Store, open_store


class FixedClock:
    """A clock that shows `now` until it is told otherwise."""

    def __init__(self, now: datetime) -> None:
        self.set(now)

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        """Show this instant, which needs a time zone; backwards is allowed, as with real clocks."""
        if now.tzinfo is None:
            raise ValueError("a clock shows instants with a time zone")
        self._now = now

    def advance(self, by: timedelta) -> datetime:
        """Move on (or back) and return the new time."""
        self.set(self._now + by)
        return self._now


@contextmanager
def temporary_store(*, rooms: Sequence[str] | None = None) -> Iterator[Store]:
    """A store of its own in a temporary folder, gone at the end.

    One at a time in a process: the historian inside it takes one folder at a time.
    """
    with TemporaryDirectory(prefix="sandan-") as folder:
        path = Path(folder)
        url = f"sqlite:///{path / 'registry.db'}"
        with open_store(url, f"chdb:///{path / 'historian'}", rooms=rooms) as store:
            yield store
