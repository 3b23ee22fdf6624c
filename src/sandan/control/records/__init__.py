"""What the control centre keeps: rules and alarms, incidents, notices, and safety beyond sensors."""

from __future__ import annotations

from sandan.control.records import alarms, hazard, incidents, notices, safety

__all__ = ["alarms", "hazard", "incidents", "notices", "safety"]
