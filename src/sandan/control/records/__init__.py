"""What the control centre keeps: rules and alarms, incidents, notices, and safety beyond sensors."""

from __future__ import annotations

from sandan.control.records import alarms, incidents, notices, safety

__all__ = ["alarms", "incidents", "notices", "safety"]
