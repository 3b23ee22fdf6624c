"""The reading desk: documents being read in the background, with how far each has come.

A long document takes half a minute; the page that waits for it asks here. Nothing survives a restart:
whoever waited uploads again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from sandan.access import Actor
from sandan.errors import NotFound, SandanError, Unavailable
from sandan.programme.service.drafts import keep_draft, read_draft_of
from sandan.store import Store
from sandan.words import Text

REMEMBERED = 50
"""So many finished readings are remembered for their waiting pages."""


@dataclass(slots=True)
class Reading:
    """One document on the desk: pages done of all, then the draft it became or why it did not."""

    id: str
    name: str
    actor: str
    done: int = 0
    pages: int = 0
    draft: str | None = None
    error: SandanError | None = None


class Desk:
    """Reads one document at a time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._readings: dict[str, Reading] = {}
        self._lock = Lock()

    def put(
        self, store: Store, actor: Actor, name: str, data: bytes, now: Callable[[], datetime], wait: float
    ) -> Reading:
        """Lay a document on the desk and wait a moment, in case it is a short one."""
        reading = Reading(secrets.token_urlsafe(9), name, actor.id)
        with self._lock:
            self._readings[reading.id] = reading
            for old in list(self._readings)[:-REMEMBERED]:
                del self._readings[old]

        def turned(done: int, pages: int) -> None:
            reading.done, reading.pages = done, pages

        def read() -> None:
            try:
                document, draft = read_draft_of(name, data, turned)
                reading.draft = keep_draft(store, actor, document, draft, now())
            except SandanError as error:
                reading.error = error
            except Exception:
                reading.error = Unavailable(
                    Text(
                        "문서를 읽다가 예기치 않은 문제가 생겼습니다. 서버 기록을 확인하십시오.",
                        "Reading failed unexpectedly; see the server's log.",
                    )
                )
                raise

        job = self._pool.submit(read)
        try:
            job.result(timeout=wait)
        except TimeoutError:
            pass
        except Exception:
            if reading.error is None:
                raise
        return reading

    def find(self, actor: Actor, id: str) -> Reading:
        """A reading of this actor's own."""
        reading = self._readings.get(id)
        if reading is None or reading.actor != actor.id:
            raise NotFound(Text("읽는 중인 문서", "document being read"), id)
        return reading

    def close(self) -> None:
        """Let the document on the desk be finished, and the waiting ones go."""
        self._pool.shutdown(wait=True, cancel_futures=True)
