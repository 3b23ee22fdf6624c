"""Papers: what is final – a settlement, an inventory, a statement. A paper never changes, a later version
supersedes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from sandan.words import Text

T = TypeVar("T")


class PaperKind(StrEnum):
    """What a paper is."""

    POOL = "pool"
    REDUCTION = "reduction"
    SHARING = "sharing"
    CARBON = "carbon"
    SAVING = "saving"


PAPER_KINDS: Mapping[PaperKind, Text] = MappingProxyType(
    {
        PaperKind.POOL: Text("가상발전소 정산서", "settlement of the power plant"),
        PaperKind.REDUCTION: Text("수요반응 정산서", "settlement of demand response"),
        PaperKind.SHARING: Text("잉여전력 나눔 정산서", "settlement of shared surplus"),
        PaperKind.CARBON: Text("온실가스 명세서", "carbon inventory"),
        PaperKind.SAVING: Text("절감 확인서", "statement of savings"),
    }
)


@dataclass(frozen=True, slots=True)
class Paper(Generic[T]):
    """One version of a paper about one subject and period."""

    kind: PaperKind
    subject: str
    """A pool, a resource, a network, a firm."""
    period: str
    """`2026`, `2026-10`, `2026-10-14` or what else tells one from the next."""
    version: int
    tenant: str | None
    """The firm it is about; None is the complex's."""
    known_at: datetime
    """What was known then is what it was made from."""
    by: str
    reason: str
    simulated: bool
    body: T
    previous: str = ""
    """Hash of the version before; "" for the first."""
    hash: str = ""
    """SHA-256 over all the rest."""


Json = Mapping[str, Any]
"""A body as it is kept."""
