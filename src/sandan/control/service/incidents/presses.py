"""One press of a form is one act, however often the form is sent.

A hand at night presses twice, a browser sends again what it heard no answer to. The form carries a key of its
own, and the first line that an act writes on a timeline carries it on: whoever finds it there has come twice.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy.engine import Connection

from sandan.access import Actor
from sandan.errors import SandanError
from sandan.store import Store

T = TypeVar("T")
RECENT = 50
"""Events of one person among which a press is looked for."""


@dataclass(slots=True)
class Press:
    """A press under way; `begun` once its first line is written."""

    key: str
    begun: bool = False


class PressedBefore(Exception):
    """The act of this press was done already, about `subject`."""

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.subject = subject


UNDER_WAY: ContextVar[Press | None] = ContextVar("press", default=None)


def do_once(store: Store, actor: Actor, key: str, act: Callable[[], T], again: Callable[[str], T]) -> T:
    """Do `act`; when this key's act was done before, give `again` of the incident that it was about.

    What the second press would have been refused for, as it met what the first had done, is not told.
    """
    under_way = UNDER_WAY.set(Press(key) if key else None)
    try:
        return act()
    except PressedBefore as before:
        return again(before.subject)
    except SandanError:
        with store.registry.read() as conn:
            subject = _pressed(store, conn, actor, key) if key else None
        if subject is None:
            raise
        return again(subject)
    finally:
        UNDER_WAY.reset(under_way)


def carry_press(store: Store, conn: Connection, actor: Actor) -> dict[str, str]:
    """What the first line of an act says of its press; raises `PressedBefore` when it was done before."""
    press = UNDER_WAY.get()
    if press is None or press.begun:
        return {}
    before = _pressed(store, conn, actor, press.key)
    if before is not None:
        raise PressedBefore(before)
    press.begun = True
    return {"press": press.key}


def _pressed(store: Store, conn: Connection, actor: Actor, key: str) -> str | None:
    recent = store.events.find(conn, actor=actor.id, limit=RECENT)
    return next((one.subject for one in recent if one.payload.get("press") == key), None)
