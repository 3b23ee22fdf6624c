"""Rules in versions, alarms and their occurrences."""

from __future__ import annotations
