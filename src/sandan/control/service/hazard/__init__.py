"""From an incident's release and the wind that blows to the area, the people in it, and what to tell them."""

from __future__ import annotations
