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


def retry_at(attempts: int, first_due: datetime, failed: datetime, pace: Pace) -> datetime | None:
    """When to try again after `attempts` failures; None when it is time to give up and say so."""
    wait = pace.waits[min(attempts, len(pace.waits)) - 1]
    again = failed + wait
    return again if again - first_due <= pace.give_up else None
