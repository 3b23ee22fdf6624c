"""The models run once before they are needed, so that no accident waits for what is compiled at first use."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from functools import cache

from shapely import Point

from sandan.control.engine.hazard.ensemble import WindError
from sandan.control.engine.hazard.stability import estimate_stability
from sandan.control.model.hazard import HazardParams, Model, Stability, steady
from sandan.control.service.hazard.area import AreaSettings, assess_area
from sandan.control.service.hazard.request import HazardRequest
from sandan.control.service.hazard.weather import MeasuredWeather
from sandan.twin.model import Thing

log = logging.getLogger(__name__)


@cache
def warm_models() -> None:
    """Ask a small question, once in a process; takes seconds where nothing is compiled yet."""
    begun = time.perf_counter()
    at = datetime(2000, 1, 1, tzinfo=UTC)
    release = HazardRequest("ammonia", 10.0, 1.0, 127.0, 37.0, at)
    wind = MeasuredWeather(steady(270, 3.0, Stability.D), estimate_stability(3.0), at)
    firm = Thing("warm", "firm", "", geometry=Point(127.0, 37.0))
    settings = AreaSettings(WindError(10.0, 0.2))
    assess_area(release, wind, [firm], at, settings, HazardParams(model=Model.GAUSSIAN_PUFF, steps=3))
    log.debug("hazard models ready after %.1f s", time.perf_counter() - begun)
