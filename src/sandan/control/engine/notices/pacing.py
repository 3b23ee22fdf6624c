"""When a message is sent, and when it is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandan.clock import SEOUL
from sandan.control.model.contacts import Quiet
from sandan.control.model.notices import Pace


def send_at(now: datetime, quiet: Quiet | None, breaks_through: bool) -> datetime:
    """Now, or the end of the quiet hours that now lies in when it can wait."""
    if quiet is None or breaks_through or quiet.start == quiet.end:
        return now
    here = now.astimezone(SEOUL)
    clock = here.time()
    over_midnight = quiet.end < quiet.start
    inside = clock >= quiet.start or clock < quiet.end if over_midnight else quiet.start <= clock < quiet.end
    if not inside:
        return now
    end = here.replace(hour=quiet.end.hour, minute=quiet.end.minute, second=0, microsecond=0)
    return end + timedelta(days=1) if end <= here else end


def retry_at(
    attempts: int, first_due: datetime, failed: datetime, pace: Pace, asked: timedelta | None = None
) -> datetime | None:
    """When to try again after `attempts` failures; None when it is time to give up and say so.

    A gateway that `asked` to be left alone for longer is, but never past the last chance of the message.
    """
    wait = pace.waits[min(attempts, len(pace.waits)) - 1]
    again, last = failed + wait, first_due + pace.give_up
    if again > last:
        return None
    return again if asked is None else min(max(again, failed + asked), last)
