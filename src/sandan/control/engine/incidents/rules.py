"""What may be done to an incident, and what an accident counts as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sandan.control.model.incidents import Case, Closing, Incident
from sandan.errors import Finding
from sandan.words import Text

MAJOR_LOSS = 100_000_000
"""won; a KICOX 중대사고 from this loss of property on (https://ir.newspim.com/news/view/20250910000374)."""
MOST_FEATURES = 50
MOST_VERTICES = 2_000
LONGEST_LABEL = 100


def incident_id(day: date, number: int, *, drill: bool) -> str:
    """`INC-20261121-001`, counted within the day in Korea; a drill's is `DRL-…`, and nobody mistakes it.

    >>> incident_id(date(2026, 11, 21), 1, drill=False)
    'INC-20261121-001'
    """
    return f"{'DRL' if drill else 'INC'}-{day:%Y%m%d}-{number:03d}"


def is_major(closing: Closing) -> bool:
    """Whether KICOX counts it as a 중대사고: a death, or ₩100 million of property, or a hazardous release."""
    return closing.deaths > 0 or closing.loss >= MAJOR_LOSS or closing.release


def why_not_merge(one: Incident, into: Incident) -> Text | None:
    """Why `one` cannot be merged into `into`; None when it can."""
    if one.id == into.id:
        return Text("자기 자신과는 병합할 수 없습니다.", "An incident cannot be merged into itself.")
    if not one.active or not into.active:
        return Text(
            "진행 중인 사건끼리만 병합할 수 있습니다.", "Only incidents that are under way can be merged."
        )
    if one.drill != into.drill:
        return Text("훈련과 실제 사건은 병합할 수 없습니다.", "A drill is never merged with the real thing.")
    return None


def why_not_close(case: Case, closing: Closing) -> list[Finding]:
    """What is missing before an incident can be closed: cause, measures, answers to legal clocks."""
    found = []
    for name, ko, en, said in (
        ("cause", "원인", "cause", closing.cause),
        ("measures", "조치·재발 방지", "measures", closing.measures),
    ):
        if not said.strip():
            found.append(
                Finding(
                    name,
                    Text(f"{ko}이(가) 비었습니다.", f"the {en} is missing."),
                    Text(
                        "아직 모르면 '조사 중'과 담당을 적으십시오.",
                        "where it is not known yet, say who finds out.",
                    ),
                )
            )
    for name, value in (("deaths", closing.deaths), ("injured", closing.injured), ("loss", closing.loss)):
        if value < 0:
            found.append(Finding(name, Text("음수입니다.", "is negative."), Text("0 이상", "0 or more")))
    found += [
        Finding(
            clock.clock,
            Text("법정 신고 시계에 답하지 않았습니다.", "a legal clock has not been answered."),
            Text(
                "신고 시각을 적거나 예외 사유를 남기십시오.",
                "give the time of the report, or why none is due.",
            ),
        )
        for clock in case.clocks
        if clock.answered_at is None
    ]
    if any(one.settled_at is None for one in case.handovers):
        found.append(
            Finding(
                "handover",
                Text("받지 않은 인계가 있습니다.", "a handover has not been accepted."),
                Text("인계를 받거나 담당을 다시 정하십시오.", "accept it, or take the incident over."),
            )
        )
    return found


def sketch_faults(sketch: Any) -> list[Finding]:
    """What is wrong with a sketch: a FeatureCollection of few points, lines and areas, each with a label."""
    if not isinstance(sketch, Mapping) or sketch.get("type") != "FeatureCollection":
        return [_sketch("GeoJSON FeatureCollection이 아닙니다.", "is no GeoJSON FeatureCollection.")]
    features = sketch.get("features")
    if not isinstance(features, list) or len(features) > MOST_FEATURES:
        return [_sketch(f"도형이 {MOST_FEATURES}개를 넘습니다.", f"has more than {MOST_FEATURES} shapes.")]
    vertices = 0
    for feature in features:
        geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
        kind = geometry.get("type") if isinstance(geometry, Mapping) else None
        label = (feature.get("properties") or {}).get("label", "") if isinstance(feature, Mapping) else ""
        parts = _positions(kind, geometry.get("coordinates")) if isinstance(geometry, Mapping) else None
        if parts is None:
            return [
                _sketch("점·선·면이 아닌 도형이 있습니다.", "has a shape that is no point, line or area.")
            ]
        if not isinstance(label, str) or len(label) > LONGEST_LABEL:
            return [_sketch(f"이름이 {LONGEST_LABEL}자를 넘습니다.", "has a label that is too long.")]
        vertices += len(parts)
    if vertices > MOST_VERTICES:
        return [_sketch(f"꼭짓점이 {MOST_VERTICES}개를 넘습니다.", f"has over {MOST_VERTICES} vertices.")]
    return []


def _sketch(ko: str, en: str) -> Finding:
    return Finding("sketch", Text(ko, en), Text("다시 그리십시오.", "draw it again."))


def _positions(kind: Any, given: Any) -> list[Any] | None:
    """The positions of a geometry, or None when it is none."""
    if kind == "Polygon" and isinstance(given, list) and len(given) == 1 and isinstance(given[0], list):
        return _checked(given[0], 4) if given[0][:1] == given[0][-1:] else None
    if kind == "LineString" and isinstance(given, list):
        return _checked(given, 2)
    return _checked([given], 1) if kind == "Point" else None


def _checked(given: Sequence[Any], least: int) -> list[Any] | None:
    def is_number(value: Any) -> bool:
        return isinstance(value, (int, float)) and not isinstance(value, bool)

    good = len(given) >= least and all(
        isinstance(one, list)
        and len(one) == 2
        and all(map(is_number, one))
        and -180 <= one[0] <= 180
        and -90 <= one[1] <= 90
        for one in given
    )
    return list(given) if good else None


def plain_sketch(sketch: Mapping[str, Any]) -> dict[str, Any]:
    """The sketch with nothing in it but geometries and labels."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "geometry": {
                    "type": feature["geometry"]["type"],
                    "coordinates": feature["geometry"]["coordinates"],
                },
                "properties": {"label": (feature.get("properties") or {}).get("label", "")},
            }
            for feature in sketch["features"]
        ],
    }
