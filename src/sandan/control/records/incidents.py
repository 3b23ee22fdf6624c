"""Incidents, their timelines, tasks and attachments."""

from __future__ import annotations
