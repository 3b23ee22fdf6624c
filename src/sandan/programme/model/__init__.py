"""The frozen types of the programme: plans and their rows, stated values, documents, findings."""

from __future__ import annotations
