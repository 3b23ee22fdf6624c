"""Locking an inventory: SHA-256 over canonical JSON, and restating it only as a new version."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from datetime import date
from enum import Enum
from hashlib import sha256
from typing import Any

from sandan.energy.model.carbon import PARTS, Inventory, Lack, Locked
from sandan.errors import Finding, InvalidInput
from sandan.words import Text


def canonical(inventory: Inventory) -> str:
    """The inventory as JSON with sorted keys, no spaces and shortest round-trip numbers, totals included."""
    body = _plain(inventory)
    body["totals_grams"] = {
        "direct": inventory.direct,
        "indirect": inventory.indirect,
        "indirect_market": inventory.indirect_market,
        "total": inventory.total,
    }
    return _dumps(body)


def lock(inventory: Inventory) -> Locked:
    """Version 1 of the inventory; raises `InvalidInput` naming every factor that is still missing."""
    return _lock(inventory, 1, "", "")


def restate(old: Locked, inventory: Inventory, reason: str) -> Locked:
    """The next version, chained to the old one by its hash; raises without a reason, for another year or
    purpose, or when the old version does not verify.
    """
    findings = []
    if not reason.strip():
        findings.append(
            Finding(
                "reason",
                Text("다시 내는 까닭이 없습니다.", "There is no reason for restating."),
                Text("까닭을 적어 주십시오.", "Give the reason."),
            )
        )
    if (old.inventory.year, old.inventory.purpose) != (inventory.year, inventory.purpose):
        findings.append(
            Finding(
                "inventory",
                Text("연도나 목적이 다른 명세입니다.", "It is an inventory of another year or purpose."),
                Text("같은 연도와 목적으로 다시 내십시오.", "Restate for the same year and purpose."),
            )
        )
    if not verify(old):
        findings.append(
            Finding(
                "old",
                Text("이전 판의 해시가 맞지 않습니다.", "The hash of the old version does not match."),
                Text("보관본을 확인해 주십시오.", "Check the kept copy."),
            )
        )
    if findings:
        raise InvalidInput(findings)
    return _lock(inventory, old.version + 1, old.sha256, reason.strip())


def verify(locked: Locked) -> bool:
    """Whether the hash is that of what it says."""
    return locked.sha256 == _digest(locked)


def _lock(inventory: Inventory, version: int, previous: str, reason: str) -> Locked:
    if inventory.lacks:
        raise InvalidInput(_lack(one) for one in inventory.lacks)
    draft = Locked(inventory, version, previous, reason, "")
    return replace(draft, sha256=_digest(draft))


def _lack(one: Lack) -> Finding:
    part, amount = PARTS[one.part], f"{one.quantity:,.3f} {one.unit}"
    return Finding(
        f"factor.{one.carrier}.{one.gas or '-'}.{one.part}",
        Text(
            f"{one.place.facility}: {part.ko}이(가) 없어 {amount}의 배출량을 셀 수 없습니다.",
            f"{one.place.facility}: without its {part.en}, {amount} cannot be counted.",
        ),
        Text("출처와 함께 계수를 넣어 주십시오.", "Give the factor with its source."),
    )


def _digest(locked: Locked) -> str:
    head = _dumps({"version": locked.version, "previous": locked.previous, "reason": locked.reason})
    return sha256(f"{head}\n{canonical(locked.inventory)}".encode()).hexdigest()


def _dumps(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    return value
