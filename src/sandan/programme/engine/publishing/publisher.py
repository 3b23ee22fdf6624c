"""Who publishes: what open data must name and no program can make up."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from sandan.errors import Finding, InvalidInput
from sandan.words import Text

SECTION = "programme"
_SHAPES = {
    "ocid_prefix": re.compile(r"ocds-[a-z0-9]{6}"),
    "organisation": re.compile(r"[^\s/&|?]{3,}"),
    "licence": re.compile(r"https?://\S+"),
    "address": re.compile(r"https?://\S+"),
}
_MEANINGS = {
    "publisher": Text("공개하는 기관의 이름", "the name of the publishing body"),
    "ocid_prefix": Text(
        "Open Contracting Partnership에 등록한 접두어(ocds-와 여섯 글자)",
        "the prefix registered with the Open Contracting Partnership (ocds- and six characters)",
    ),
    "organisation": Text(
        "IATI 기관 식별자(등록처-번호, 예: KR-…)", "the IATI organisation identifier (register and number)"
    ),
    "licence": Text("이용 조건의 주소(https://…)", "the address of the licence (https://…)"),
    "address": Text("시민 누리집의 주소(https://…)", "the address of the citizens' site (https://…)"),
}


@dataclass(frozen=True, slots=True)
class Publisher:
    """The settings `[programme]` of open data; empty where not set, as none has a default."""

    publisher: str = ""
    ocid_prefix: str = ""
    organisation: str = ""
    licence: str = ""
    address: str = ""

    def __post_init__(self) -> None:
        faults = [
            Finding(
                f"[{SECTION}] {name}",
                Text(f"'{given}'은(는) 쓸 수 없는 값입니다.", f"'{given}' is not usable."),
                Text(f"이렇게 적으십시오: {_MEANINGS[name].ko}", f"give {_MEANINGS[name].en}."),
            )
            for name, shape in _SHAPES.items()
            if (given := getattr(self, name)) and not shape.fullmatch(given)
        ]
        if faults:
            raise InvalidInput(faults)

    def require(self, *names: str) -> None:
        """Refuse with every one of these settings that is not set."""
        missing = [name for name in names if not getattr(self, name)]
        if missing:
            raise InvalidInput(
                Finding(
                    f"[{SECTION}] {name}",
                    Text("설정되지 않아 내보낼 수 없습니다.", "is not set, so nothing can be exported."),
                    Text(
                        f"sandan.toml의 [{SECTION}]에 적으십시오: {name} = {_MEANINGS[name].ko}",
                        f"set {name} under [{SECTION}] in sandan.toml: {_MEANINGS[name].en}.",
                    ),
                )
                for name in missing
            )


NAMES = tuple(one.name for one in fields(Publisher))
"""The names of the settings."""
