"""Whether a device is told anything, and what: the plan's wish, a person's above it, reasons to be silent.

Silence is the safe answer: a device that hears nothing falls back by itself.
"""

from __future__ import annotations

import math

from sandan.energy.engine.dispatch.limits import breaches, clip
from sandan.energy.model.dispatch import (
    PLAN_AGE,
    Device,
    Measured,
    Mode,
    Order,
    Origin,
    Override,
    Planned,
    Silence,
    Stop,
    Wish,
)
from sandan.words import Text


def decide(
    device: Device,
    planned: Planned | None,
    override: Override | None,
    measured: Measured,
    last: Order | None,
    now: int,
) -> Order | Silence:
    """What `device` is told at `now` [ms], or why it is told nothing.

    A device that is not armed is told nothing. A person's override in force beats the plan; hands off is
    silence. A state that is unknown or older than the device's terms allow is silence too, whoever wishes.
    What is left is clipped, looked at a second time, and valid no longer than its lease nor its wish.
    """
    if device.mode is not Mode.ARMED:
        return Silence(Stop.ADVICE, Text("권고만 합니다.", "It is advice only."))
    wish = _wish(planned, override, now)
    if isinstance(wish, Silence):
        return wish
    stale = _stale(device, measured, now)
    if stale is not None:
        return Silence(Stop.STALE, stale)
    valid_until = min(now + device.lease * 1000, wish.until)
    # A wish that ends within a second is left to end.
    if valid_until - now < 1000:
        return Silence(Stop.NO_PLAN, Text("이어질 계획이 없습니다.", "No plan goes on from here."))
    before = (measured.power, device.beat)
    if last is not None and now < last.valid_until:
        before = (last.power, now - last.made_at)
    power, cuts = clip(wish.power, device.limits, measured, valid_until - now, before)
    order = Order(power, wish.power, wish.origin, now, valid_until, cuts)
    broken = breaches(order, device.limits, measured)
    if broken:
        names = ", ".join(broken)
        return Silence(
            Stop.UNSAFE,
            Text(
                f"두 번째 확인에서 한도를 벗어났습니다 ({names}).",
                f"The second check found it breaks: {names}.",
            ),
        )
    return order


def _wish(planned: Planned | None, override: Override | None, now: int) -> Wish | Silence:
    if override is not None and override.holds(now):
        if override.power is None:
            return Silence(Stop.HANDS_OFF, Text(override.reason, override.reason))
        return Wish(override.power, override.until, Origin.PERSON, override.reason)
    if planned is None or not math.isfinite(planned.power) or now >= planned.until:
        said = Text("이 15분의 계획이 없습니다.", "There is no plan for this quarter-hour.")
        return Silence(Stop.NO_PLAN, said)
    age = now - planned.made_at
    if age > PLAN_AGE:
        minutes = round(age / 60_000)
        said = Text(f"계획이 {minutes}분 전 것입니다.", f"The plan was made {minutes} minutes ago.")
        return Silence(Stop.OLD_PLAN, said)
    return Wish(planned.power, planned.until, Origin.PLAN)


def _stale(device: Device, measured: Measured, now: int) -> Text | None:
    if math.isnan(measured.charge) or math.isnan(measured.power) or measured.at <= 0:
        return Text("충전상태나 출력을 알 수 없습니다.", "Its charge or its power is not known.")
    seconds = (now - measured.at) // 1000
    if seconds > device.fresh:
        return Text(
            f"측정값이 {seconds}초 전 것입니다 (한도 {device.fresh}초).",
            f"It was last measured {seconds} s ago; {device.fresh} s are allowed.",
        )
    capped = device.limits.import_cap is not None or device.limits.export_cap is not None
    if capped and math.isnan(measured.grid):
        return Text(
            "사업장의 수전 전력을 알 수 없어 한도를 확인할 수 없습니다.",
            "What its site takes is not known, so its cap cannot be kept.",
        )
    return None
