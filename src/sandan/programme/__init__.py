"""The programme: from promise to proof.

Documents are read into a draft (`engine.reading`, `engine.figures`, `engine.drafting`); an officer
confirms it, and it becomes a version of a plan. From the plan's rows follow the ledger, the rates, the
findings and the forecast; from meters and records follow the indicators; what is published stays readable.
"""

from __future__ import annotations

from sandan.programme.service.demo import load_demo

__all__ = ["load_demo"]
