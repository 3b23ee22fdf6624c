"""What load and generation will be: quantiles to seven days ahead, thousands of series at once."""

from sandan.energy.engine.forecast.issued import solar_as_issued
from sandan.energy.engine.forecast.naive import naive_week
from sandan.energy.engine.forecast.predict import calibrate, predict
from sandan.energy.engine.forecast.roofs import forecast_roofs
from sandan.energy.engine.forecast.score import score, track_record
from sandan.energy.engine.forecast.sky import solar_from_history
from sandan.energy.engine.forecast.solar import solar_power
from sandan.energy.engine.forecast.train import train

__all__ = [
    "calibrate",
    "forecast_roofs",
    "naive_week",
    "predict",
    "score",
    "solar_as_issued",
    "solar_from_history",
    "solar_power",
    "track_record",
    "train",
]
