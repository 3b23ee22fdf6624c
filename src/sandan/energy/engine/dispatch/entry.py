"""A device's entry as a person types it: text by name in, a `Device` out, or every finding."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from typing import Any

from sandan.energy.model.dispatch import Device, Limits, Override, Via
from sandan.errors import Finding, InvalidInput
from sandan.words import Text

FIELDS = (
    "via", "settings", "charge", "discharge", "energy", "lowest", "highest", "ramp", "import_cap",
    "export_cap", "fallback", "lease", "fresh",
)  # fmt: skip
OWN = "own"
"""Written as the fallback of a device whose own control decides."""
OPTIONAL = ("ramp", "import_cap", "export_cap")


def read_device(
    id: str, tenant: str | None, row: Mapping[str, str], rated: tuple[float, float] | None
) -> Device:
    """The device of these cells; `rated` is the power [kW] and energy [kWh] the twin knows of it.

    Charge is in per cent, the empty cell of a cap or a ramp means none. Raises `InvalidInput` with all
    findings, what `Limits` and `Device` refuse among them.
    """
    found: list[Finding] = []
    numbers = {name: _number(row, name, found) for name in FIELDS[2:10]}
    lease, fresh = (_number(row, name, found) for name in ("lease", "fresh"))
    fallback = None if row.get("fallback", "").strip() == OWN else _number(row, "fallback", found)
    via, settings = _via(row, found), _settings(row, found)
    if rated is not None:
        for name, most in (("charge", rated[0]), ("discharge", rated[0]), ("energy", rated[1])):
            if numbers[name] > most:
                unit = "kWh" if name == "energy" else "kW"
                found.append(
                    Finding(
                        name,
                        Text("등록된 정격보다 큽니다.", "is more than it is rated for."),
                        Text(f"{most:g} {unit} 이하로 적으십시오.", f"give {most:g} {unit} or less."),
                    )
                )
    if any(math.isnan(value) for value in (*numbers.values(), lease, fresh)) or via is None:
        raise InvalidInput(found)
    optional = {name: None if not row.get(name, "").strip() else numbers[name] for name in OPTIONAL}
    try:
        limits = Limits(
            numbers["charge"], numbers["discharge"], numbers["energy"], numbers["lowest"] / 100,
            numbers["highest"] / 100, **optional,
        )  # fmt: skip
        made = Device(id, tenant, via, settings, limits, fallback, int(lease), int(fresh))
    except InvalidInput as error:
        raise InvalidInput([*found, *error.findings]) from None
    if found:
        raise InvalidInput(found)
    return made


def as_cells(device: Device) -> dict[str, str]:
    """The entry as text, but for its settings, which are kept as they were typed."""
    limits = device.limits

    def text(value: float | None) -> str:
        return "" if value is None else f"{value:.12g}"

    return {
        "via": str(device.via),
        "settings": as_toml(device.settings),
        "charge": text(limits.charge),
        "discharge": text(limits.discharge),
        "energy": text(limits.energy),
        "lowest": text(100 * limits.lowest),
        "highest": text(100 * limits.highest),
        "ramp": text(limits.ramp),
        "import_cap": text(limits.import_cap),
        "export_cap": text(limits.export_cap),
        "fallback": OWN if device.fallback is None else text(device.fallback),
        "lease": str(device.lease),
        "fresh": str(device.fresh),
    }


def as_toml(settings: Mapping[str, Any]) -> str:
    """Settings of one level, a line each."""
    return "\n".join(f"{name} = {_toml(value)}" for name, value in settings.items())


def check_override(one: Override, device: Device, now: int, longest: int) -> None:
    """Refuse a set-point beyond the limits, a time that is over or too far, and an empty reason."""
    found: list[Finding] = []
    limits = device.limits
    if one.power is not None and not -limits.discharge <= one.power <= limits.charge:
        found.append(
            Finding(
                "power",
                Text("출력 한도를 벗어났습니다.", "is beyond the limits of power."),
                Text(
                    f"충전 {limits.charge:g} kW, 방전 {limits.discharge:g} kW 이하",
                    f"at most {limits.charge:g} kW charging and {limits.discharge:g} kW discharging",
                ),
            )
        )
    if not now < one.until <= now + longest:
        days = longest // 86_400_000
        found.append(
            Finding(
                "until",
                Text("지난 때이거나 너무 멉니다.", "is over or too far ahead."),
                Text(f"지금부터 {days}일 안으로 적으십시오.", f"choose a time within {days} days."),
            )
        )
    if not one.reason.strip():
        found.append(
            Finding(
                "reason",
                Text("사유가 없습니다.", "is missing."),
                Text("나중에 읽을 사람을 위해 적으십시오.", "write it for whoever reads this later."),
            )
        )
    if found:
        raise InvalidInput(found)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        return f'"{escaped}"'
    return repr(value)


def _number(row: Mapping[str, str], name: str, found: list[Finding]) -> float:
    text = row.get(name, "").strip().replace(",", "")
    if not text and name in OPTIONAL:
        return 0.0
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        found.append(
            Finding(
                name,
                Text(f"'{text}'은(는) 숫자가 아닙니다.", f"'{text}' is not a number."),
                Text("숫자만 적으십시오.", "write a number only."),
            )
        )
        return math.nan
    return value


def _via(row: Mapping[str, str], found: list[Finding]) -> Via | None:
    try:
        return Via(row.get("via", ""))
    except ValueError:
        names = ", ".join(Via)
        found.append(
            Finding(
                "via",
                Text("연결 방식을 고르지 않았습니다.", "is no way to speak to a device."),
                Text(f"다음 중에서: {names}", f"one of {names}"),
            )
        )
        return None


def _settings(row: Mapping[str, str], found: list[Finding]) -> dict[str, Any]:
    try:
        table = tomllib.loads(row.get("settings", ""))
    except tomllib.TOMLDecodeError as error:
        found.append(
            Finding(
                "settings",
                Text(f"TOML 문법 오류: {error}", f"TOML syntax error: {error}"),
                Text("해당 줄을 고치십시오.", "mend that line."),
            )
        )
        return {}
    if any(isinstance(value, (dict, list)) for value in table.values()):
        found.append(
            Finding(
                "settings",
                Text("한 단계의 값만 쓸 수 있습니다.", "hold plain values only."),
                Text("[표]나 목록을 없애십시오.", "take out tables and lists."),
            )
        )
    return table
