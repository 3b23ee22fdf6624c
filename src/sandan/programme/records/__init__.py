"""What the programme keeps: plans in versions, documents and drafts, changes, checks, answers, evidence."""

from __future__ import annotations

from sandan.programme.records import books, tables

__all__ = ["books", "tables"]
