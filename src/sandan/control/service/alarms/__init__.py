"""Alarms in a running centre: judging what comes, what people do about it, what lists show."""

from __future__ import annotations
