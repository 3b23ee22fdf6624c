"""The checks of ingest as a library: no store, no clock, no web.

`check(readings, catalogue, terms, now)` does everything; `screen`, `doubtful` and `settle` are its
steps, for a caller that has to ask the historian in between.
"""

from sandan.ingest.engine.catalogue import Catalogue
from sandan.ingest.engine.checks import (
    CORRECTION,
    DUPLICATE,
    HELD,
    KEPT,
    KEYS,
    NEVER,
    QUARANTINED,
    Checked,
    Screened,
    advance,
    check,
    doubtful,
    millis,
    receipt_of,
    screen,
    settle,
)

__all__ = [
    "CORRECTION",
    "DUPLICATE",
    "HELD",
    "KEPT",
    "KEYS",
    "NEVER",
    "QUARANTINED",
    "Catalogue",
    "Checked",
    "Screened",
    "advance",
    "check",
    "doubtful",
    "millis",
    "receipt_of",
    "screen",
    "settle",
]
