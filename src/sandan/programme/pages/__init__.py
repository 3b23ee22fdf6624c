"""The pages of the programme: for the office, and the open site for citizens."""

from __future__ import annotations
