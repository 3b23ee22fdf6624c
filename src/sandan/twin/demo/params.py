"""What one may choose about a demo complex."""

from __future__ import annotations

from dataclasses import dataclass

from sandan.errors import Finding, InvalidInput
from sandan.words import Text

SMALLEST, LARGEST = 50, 20_000


@dataclass(frozen=True, slots=True)
class DemoParams:
    """Same parameters, same complex, to the last corner of the last building.

    `origin` is the longitude and latitude of the middle. The default lies in the shallows off
    Korea's west coast, where no complex stands.
    """

    seed: int = 9
    firms: int = 300
    origin: tuple[float, float] = (126.60, 37.20)
    name: Text = Text("새빛 스마트그린산단", "Saebit Smart Green Complex")  # noqa: RUF009  # frozen

    def __post_init__(self) -> None:
        findings = []
        if not SMALLEST <= self.firms <= LARGEST:
            findings.append(
                Finding(
                    "firms",
                    Text(
                        f"입주기업 수 {self.firms}은(는) 쓸 수 없습니다.",
                        f"{self.firms} firms cannot be laid out.",
                    ),
                    Text(
                        f"{SMALLEST} ~ {LARGEST:,} 사이로 정하십시오.", f"choose {SMALLEST} to {LARGEST:,}."
                    ),
                )
            )
        if self.seed < 0:
            findings.append(
                Finding("seed", Text("씨앗값이 음수입니다.", "the seed is negative."),
                        Text("0 이상의 정수로 정하십시오.", "choose a whole number from 0."))
            )  # fmt: skip
        if not (124.5 <= self.origin[0] <= 131.5 and 33.0 <= self.origin[1] <= 39.0):
            findings.append(
                Finding(
                    "origin",
                    Text("원점이 한국 밖입니다.", "the origin lies outside Korea."),
                    Text("경도 124.5~131.5, 위도 33~39로 정하십시오.", "choose 124.5-131.5 E, 33-39 N."),
                )
            )
        if findings:
            raise InvalidInput(findings)
