"""The use-cases of the programme: read, compute, write in one transaction, and say so in an event."""

from __future__ import annotations
