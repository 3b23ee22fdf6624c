"""From a release to an area: dispersion, dose, arrival, and how far to believe them.

`disperse` is the door: it screens the cloud, chooses the model and says what it chose.
"""

from __future__ import annotations

import dataclasses

from sandan.control.engine.hazard.dense import disperse_dense, mean_wind
from sandan.control.engine.hazard.density import Screening, screen_density
from sandan.control.engine.hazard.puffs import disperse_puffs
from sandan.control.model.hazard import HazardParams, HazardProblem, HazardResult, Model, Note
from sandan.words import Text

__all__ = ["disperse", "screen"]


def screen(problem: HazardProblem, params: HazardParams) -> Screening:
    """Whether the release is a dense gas in the mean wind that it meets; see `screen_density`."""
    until = min(max(problem.release.duration, params.step), params.step * params.steps)
    wind = mean_wind(problem.weather, until)
    speed = wind.speed * (10.0 / problem.weather.height) ** 0.15
    return screen_density(problem.release, problem.weather, max(speed, params.calm))


def disperse(problem: HazardProblem, params: HazardParams) -> HazardResult:
    """The area, doses and arrivals of a release by the model that is valid for it.

    `Model.AUTO` takes Britter–McQuaid for a dense cloud near the ground in the open, puffs for all
    else. A Gaussian result for a dense cloud carries a serious note. Shapes and units as
    `disperse_puffs`, where the errors are told too.
    """
    screening, release = screen(problem, params), problem.release
    fits = screening.dense and not release.indoors and release.height <= HIGHEST
    if params.model is Model.BRITTER_MCQUAID or (params.model is Model.AUTO and fits):
        result = disperse_dense(problem, params)
    else:
        result = disperse_puffs(problem, params)
    doubtful = screening.dense and result.model is Model.GAUSSIAN_PUFF
    notes = [Note(screening.text, doubtful), *result.notes]
    if release.liquefied and release.substance.latent_heat is None:
        notes.append(Note(_UNKNOWN_SPRAY, serious=True))
    return dataclasses.replace(result, notes=tuple(notes))


HIGHEST = 10.0
"""Metres: the workbook is for releases at the ground."""
_UNKNOWN_SPRAY = Text(
    "액화가스이나 증발열을 알 수 없어 무거운 구름인지 판정하지 못했습니다.",
    "It is a liquefied gas whose heat of evaporation is unknown, so its weight could not be judged.",
)
