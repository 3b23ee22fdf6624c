"""The use-cases of ingest: the pipeline, and what people do with what it held back."""

from sandan.ingest.service.committer import reason_of
from sandan.ingest.service.intake import Outcome
from sandan.ingest.service.pipeline import Pipeline, PipelineParams, StalePoint
from sandan.ingest.service.statistics import Health, SourceStatus

__all__ = ["Health", "Outcome", "Pipeline", "PipelineParams", "SourceStatus", "StalePoint", "reason_of"]
