"""Bills, gas, proofs and products that simulated firms would have entered: invented, and said so."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from sandan.access import SYSTEM
from sandan.clock import SEOUL, milliseconds
from sandan.energy.model.carbon import Place, Purpose
from sandan.energy.model.declared import DeclaredProduct, DeclaredProof, DeclaredUse, ProofKind
from sandan.energy.records import declared as records
from sandan.energy.service.carbon.locking import lock_inventory
from sandan.energy.service.carbon.reading import read_samples
from sandan.store import Store
from sandan.twin.model import Thing

MOST = 300
"""Firms that have papers; the rest of a large demo has its meters only."""
LOCKED = 12
EVERY_GAS, EVERY_PROOF, EVERY_PRODUCT = 5, 9, 3
"""Each so many-th firm burns gas, has a proof, has told its products."""
LOAD = (1.04, 1.0, 0.94, 0.9, 0.92, 1.02, 1.14, 1.18, 1.0, 0.9, 0.93, 1.03)
"""Use of each month against the mean."""


def load_demo_carbon(store: Store, now: datetime) -> None:
    """Papers of last year and of this year's months that are over, and last year locked for some; once."""
    today = now.astimezone(SEOUL).date()
    with store.registry.write() as conn:
        if records.years_declared(conn):
            return
        found = [one for one in store.things.all(conn, {"firm"}) if one.simulated][:MOST]
        firms = {one.id: one for one in found}
        powers = {
            str(one.tenant): float(power)
            for one in store.things.all(conn, {"meter"})
            if isinstance(power := one.attributes.get("contract_power"), (int, float))
        }
        begin = milliseconds(now)
        metered = read_samples(store, conn, firms, begin, begin, now).metered if firms else {}
        told = [
            (i, firm, sorted(metered[firm.id])[0], powers[firm.id])
            for i, firm in enumerate(found)
            if firm.id in metered and firm.id in powers
        ]
        if not told:
            return
        uses = [use for i, _, place, power in told for use in _papers(i, place, power, today)]
        proofs = [
            _proof(i, place, power, today.year - 1) for i, _, place, power in told if i % EVERY_PROOF == 3
        ]
        records.put_uses(conn, uses)
        for one in proofs:
            records.put_proof(conn, one)
        for i, _, place, power in told:
            if i % EVERY_PRODUCT == 0:
                for product in _products(place, power, today.year - 1):
                    records.put_product(conn, product)
        store.events.append(
            conn,
            "CarbonMade",
            actor=SYSTEM,
            subject="carbon",
            payload={"uses": len(uses), "proofs": len(proofs)},
            at=now,
        )
    _lock([(firm, place) for i, firm, place, _ in told if not _burns(i)], uses, today.year - 1, store, now)


def _lock(
    told: Sequence[tuple[Thing, Place]], uses: Sequence[DeclaredUse], year: int, store: Store, now: datetime
) -> None:
    """Last year for disclosure; the first firm's December was mended afterwards, so it has two versions."""
    for firm, _ in told[:LOCKED]:
        lock_inventory(store, SYSTEM, firm.id, year, Purpose.ESG, now, 0, "")
    for firm, _ in told[:1]:
        old = next(one for one in uses if one.firm == firm.id and one.first == date(year, 12, 1))
        with store.registry.write() as conn:
            records.put_uses(conn, [replace(old, quantity=round(old.quantity * 1.08))])
        reason = "demo: 12월 고지서 정정 / bill of December corrected"
        lock_inventory(store, SYSTEM, firm.id, year, Purpose.ESG, now, 1, reason)


def _papers(i: int, place: Place, power: float, today: date) -> list[DeclaredUse]:
    """A bill for each month that is over, and gas by the quarter where some is burnt."""
    made = []
    months = [date(year, month, 1) for year in (today.year - 1, today.year) for month in range(1, 13)]
    for first, after in zip(months, [*months[1:], date(today.year + 1, 1, 1)], strict=True):
        last = after - timedelta(days=1)
        if last >= today:
            break
        hours = 24 * (after - first).days
        kwh = power * hours * LOAD[first.month - 1] * (0.24 + 0.1 * _chance(place, first))
        made.append(
            DeclaredUse(
                place.corporation,
                "electricity",
                place.site,
                place.facility,
                float(round(kwh)),
                "kWh",
                first,
                last,
                f"전기 {first:%Y-%m}",
                simulated=True,
            )
        )
        if _burns(i) and first.month % 3 == 0:
            quarter = date(first.year, first.month - 2, 1)
            cold = 1.6 if first.month in (3, 12) else 0.7
            made.append(
                DeclaredUse(
                    place.corporation,
                    "natural_gas",
                    place.site,
                    "보일러",
                    float(round(power * 20 * cold)),
                    "㎥",
                    quarter,
                    last,
                    f"가스 {first.year}-{first.month // 3}분기",
                    simulated=True,
                )
            )
    return made


def _proof(i: int, place: Place, power: float, year: int) -> DeclaredProof:
    mwh = float(max(1, math.floor(power * 0.3)))
    serial = f"DEMO-REC-{year}-{i:04}"
    at = (place.corporation, ProofKind.REC, place.site, place.facility)
    return DeclaredProof(serial, *at, year, mwh, 0.0, "모의 인증서", simulated=True)


def _products(place: Place, power: float, year: int) -> list[DeclaredProduct]:
    at = (place.corporation, year, place.site, place.facility)
    made = []
    for name, share, hours in (("제품 A", 0.7, 3200.0), ("제품 B", 0.3, 2100.0)):
        tonnes, energy = round(power * 1.8 * share, 1), round(power * 2200 * (0.2 + 0.6 * share))
        made.append(DeclaredProduct(*at, name, tonnes, float(energy), hours, simulated=True))
    return made


def _burns(i: int) -> bool:
    return i % EVERY_GAS == 2


def _chance(place: Place, day: date) -> float:
    """A number from 0 to 1 that is always the same for a firm and month."""
    said = f"{place.corporation} {day}".encode()
    return int.from_bytes(sha256(said).digest()[:4], "big") / 2**32
