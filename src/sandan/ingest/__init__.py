"""Ingest: sources in, checked samples out, and what does not fit kept aside.

A `Source` yields deliveries; the `Pipeline` gathers, checks, commits, and only then acknowledges.
What fails a check goes to quarantine with its reason, where people mend it, release it or discard it.
"""

from sandan.ingest.model import Delivery, Reason, Receipt, Source, Terms
from sandan.ingest.service import Pipeline, PipelineParams
from sandan.ingest.service.simulation import backfill, foretell_weather, resume_from
from sandan.ingest.sources.simulator import SimulatorSource, simulated

__all__ = [
    "Delivery",
    "Pipeline",
    "PipelineParams",
    "Reason",
    "Receipt",
    "SimulatorSource",
    "Source",
    "Terms",
    "backfill",
    "foretell_weather",
    "resume_from",
    "simulated",
]
