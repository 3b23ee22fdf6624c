"""Contacts, what they were told, and whether they answered."""

from __future__ import annotations
