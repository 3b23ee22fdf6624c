"""Work permits, reports of near misses, odour complaints."""

from __future__ import annotations
