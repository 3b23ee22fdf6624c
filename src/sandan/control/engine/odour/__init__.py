"""Smells: limits of the law, where a smell comes from, whom to inspect and what to sample."""

from sandan.control.engine.odour.candidates import fit_firms, order_samplers, rank_firms
from sandan.control.engine.odour.fit import PlaceFit, cut_to_smell, fit_place
from sandan.control.engine.odour.limits import judge_odour, odour_limits
from sandan.control.engine.odour.locate import locate_source, look_again
from sandan.control.engine.odour.trial import invent_smell, scatter_sensors, try_network

__all__ = (
    "PlaceFit",
    "cut_to_smell",
    "fit_firms",
    "fit_place",
    "invent_smell",
    "judge_odour",
    "locate_source",
    "look_again",
    "odour_limits",
    "order_samplers",
    "rank_firms",
    "scatter_sensors",
    "try_network",
)
