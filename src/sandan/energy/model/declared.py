"""What a firm declares for its inventory: energy that no meter of ours tells, proofs of origin, products.

Electricity is read from meters; everything here stands on a document instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

from sandan.energy.model.carbon import Factor, Inventory
from sandan.words import Text


class ProofKind(StrEnum):
    """How electricity is shown to come from a named plant."""

    REC = "rec"
    PPA = "ppa"
    PREMIUM = "premium"


PROOF_KINDS: Mapping[ProofKind, Text] = MappingProxyType(
    {
        ProofKind.REC: Text("공급인증서(REC)", "REC"),
        ProofKind.PPA: Text("전력구매계약(PPA)", "purchase agreement (PPA)"),
        ProofKind.PREMIUM: Text("녹색프리미엄", "green premium"),
    }
)


@dataclass(frozen=True, slots=True)
class DeclaredUse:
    """What one document says was used at a facility."""

    firm: str
    carrier: str
    site: str
    facility: str
    quantity: float
    unit: str
    first: date
    last: date
    """The last day; included."""
    document: str
    """Number of the bill or delivery note."""
    simulated: bool = False

    @property
    def id(self) -> str:
        """The same for the same document, place, carrier and first day, so that a file may come twice."""
        said = (self.firm, self.carrier, self.site, self.facility, self.document, self.first.isoformat())
        return sha256("\n".join(said).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class DeclaredProof:
    """A proof of origin that a firm uses in one year."""

    serial: str
    firm: str
    kind: ProofKind
    site: str
    facility: str
    year: int
    mwh: float
    factor: float
    """[tCO2eq/MWh] as the proof states it."""
    document: str
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class DeclaredProduct:
    """What a facility made in a year."""

    firm: str
    year: int
    site: str
    facility: str
    name: str
    tonnes: float
    energy: float | None = None
    """[kWh]."""
    hours: float | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class GivenThreshold:
    """The amount of a duty that our table does not know."""

    id: str
    tonnes: float
    source: str


@dataclass(frozen=True, slots=True)
class FactorEdition:
    """What the operator adds to the tables of factors and thresholds."""

    factors: tuple[Factor, ...] = ()
    thresholds: tuple[GivenThreshold, ...] = ()


@dataclass(frozen=True, slots=True)
class CarbonStatement:
    """What a locked inventory says; the totals stand beside the lines they are the sums of [g]."""

    firm: str
    """Its name on the day."""
    inventory: Inventory
    direct: int
    indirect: int
    indirect_market: int | None
    total: int
    factor_edition: int
    """Which edition of the operator's factors was in force; 0 is none."""
