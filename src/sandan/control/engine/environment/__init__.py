"""The air of the complex: its index, its dust, its stacks."""

from sandan.control.engine.environment.index import assess_air, index_hours, predict_day_mean, sub_index
from sandan.control.engine.environment.means import mean_windows, moving_mean, warn_of_air
from sandan.control.engine.environment.stacks import assess_stack, correct_oxygen, find_breaches
from sandan.control.engine.environment.tables import (
    air_bands,
    close_bands,
    stack_states,
    warning_levels,
)

__all__ = (
    "air_bands",
    "assess_air",
    "assess_stack",
    "close_bands",
    "correct_oxygen",
    "find_breaches",
    "index_hours",
    "mean_windows",
    "moving_mean",
    "predict_day_mean",
    "stack_states",
    "sub_index",
    "warn_of_air",
    "warning_levels",
)
