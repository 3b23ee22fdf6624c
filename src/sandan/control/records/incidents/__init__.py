"""Incidents, their tasks, clocks, attachments and handovers; procedures by version; drills.

Timelines are in the events.
"""

from __future__ import annotations

from sandan.control.records.incidents import tables

__all__ = ["tables"]
