"""Contacts, what they were told, over which channels, and whether they answered."""

from __future__ import annotations

from sandan.control.records.notices import tables

__all__ = ["tables"]
