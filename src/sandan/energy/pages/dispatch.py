"""Set-points that go out: the devices, one of them, its entry, and the page on which it is armed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from sandan.clock import instant
from sandan.domain import Here, Visit, Written, whole
from sandan.energy.engine.dispatch.entry import FIELDS
from sandan.energy.model.dispatch import BEATS, Cut, Origin, Stop, Via
from sandan.energy.model.rights import DISPATCH, HOLD, SEE
from sandan.energy.service import devices as service
from sandan.energy.service.dispatch import DispatchBoard, device_page, dispatch_board, entry_of
from sandan.energy.service.outlets import VIAS
from sandan.errors import Finding, InvalidInput
from sandan.web import Routes
from sandan.words import Text

routes = Routes("energy", prefix="/energy/dispatch")
CUTS: Mapping[Cut, Text] = {
    Cut.POWER: Text("출력 한도", "limit of power"),
    Cut.RAMP: Text("증감 속도", "ramp"),
    Cut.CHARGE: Text("충전상태 한도", "limit of charge"),
    Cut.GRID: Text("수전·역송 한도", "cap of the site"),
    Cut.FEEDER: Text("배전선로 용량", "feeder's capacity"),
}
STOPS: Mapping[Stop, Text] = {
    Stop.ADVICE: Text("권고만", "advice only"),
    Stop.HANDS_OFF: Text("손 뗌", "hands off"),
    Stop.NO_PLAN: Text("계획 없음", "no plan"),
    Stop.OLD_PLAN: Text("계획이 오래됨", "plan too old"),
    Stop.STALE: Text("측정값이 오래됨", "state not known"),
    Stop.UNSAFE: Text("두 번째 확인에서 멈춤", "stopped by the second check"),
    Stop.UNREACHABLE: Text("응답 없음", "no answer"),
    Stop.SETTINGS: Text("설정 오류", "fault in its entry"),
}
ORIGINS: Mapping[Origin, Text] = {
    Origin.PLAN: Text("계획", "plan"),
    Origin.PERSON: Text("사람", "person"),
}
SPANS: Mapping[int, Text] = {
    15: Text("15분", "15 minutes"),
    60: Text("1시간", "1 hour"),
    240: Text("4시간", "4 hours"),
    1440: Text("하루", "a day"),
    10_080: Text("한 주", "a week"),
}
WHATS: Mapping[str, Text] = {
    "charge": Text("충전", "charge"),
    "discharge": Text("방전", "discharge"),
    "rest": Text("쉼 (0 kW)", "rest (0 kW)"),
    "hands_off": Text("손 뗌 (아무것도 보내지 않음)", "hands off (nothing is sent)"),
}
KINDS: Mapping[str, Text] = {
    "DeviceSet": Text("설정", "set up"),
    "DeviceRemoved": Text("설정 삭제", "entry removed"),
    "DeviceArmed": Text("전송 켬", "armed"),
    "DeviceDisarmed": Text("전송 중지", "disarmed"),
    "SetPointOverridden": Text("수동 운전", "run by hand"),
    "DeviceLeftAlone": Text("손 뗌", "hands off"),
    "OverrideEnded": Text("수동 운전 끝", "given back to the plan"),
    "DispatchStopped": Text("멈춤", "stopped by a fault"),
    "DispatchResumed": Text("다시 보냄", "goes on"),
}
EXAMPLES: Mapping[Via, str] = {
    Via.MQTT: 'host = "broker.plant"\nport = 8883\ntls = true\nusername = "sandan"\n'
    'password_env = "PLANT_MQTT"\ntopic = "plant/ess-1/setpoint"',
    Via.MODBUS: 'host = "10.0.0.7"\ndevice = 1\nregister = 40\ntype = "int16"\nfactor = 0.1\n'
    'positive = "charge"\nwatchdog = 42',
    Via.OPENADR: 'url = "https://vtn.example/openadr3/3.1.0"\nprogram = "program-7"\ntarget = "ess-1"\n'
    'client_id = "sandan"\nclient_secret_env = "VTN_SECRET"',
}
DONE = {
    "saved": Text(
        "설정을 저장했습니다. 아직 아무것도 보내지 않습니다.", "The entry was saved. Nothing is sent yet."
    ),
    "armed": Text("이제 설정값을 보냅니다.", "Set-points go out from now on."),
    "stopped": Text(
        "더 보내지 않습니다. 설비는 유효시간이 끝나면 스스로 복귀합니다.",
        "Nothing more is sent. Devices fall back by themselves when their last order ends.",
    ),
    "taken": Text("사람의 설정이 계획을 앞섭니다.", "A person's setting now comes before the plan."),
    "back": Text("계획이 이어집니다.", "The plan goes on."),
    "removed": Text("설정을 지웠습니다.", "The entry was removed."),
}


@routes.page("", permission=SEE)
def dispatch_page(here: Here, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """Every device this visitor may see."""
    found = dispatch_board(here.store, here.actor, here.now)
    return here.render(
        "energy/dispatch.html",
        done=DONE.get(done),
        may_set_up=here.actor.may(DISPATCH),
        may_hold=here.actor.may(HOLD),
        **_words(found),
    )


@routes.page("/lines", permission=SEE)
def lines_part(here: Here) -> Response:
    """The table of devices alone, for a page that stays open."""
    return here.render(
        "energy/dispatch_lines.html", **_words(dispatch_board(here.store, here.actor, here.now))
    )


@routes.action("/stop", permission=HOLD)
def stop_all(here: Here) -> Response:
    """Send nothing more to any device this visitor may hold."""
    service.disarm_all(here.store, here.actor, here.now)
    return RedirectResponse("/energy/dispatch?done=stopped", 303)


@routes.page("/{device}", permission=SEE)
def one_page(device: str, here: Here, done: Annotated[str, Query(max_length=20)] = "") -> Response:
    """One device: what it was told and does, its log, and how to take it over."""
    return _one(device, here, done=done)


@routes.action("/{device}/stop", permission=HOLD)
def stop_one(device: str, here: Here) -> Response:
    """Send nothing more to it."""
    service.disarm(here.store, here.actor, device, here.now)
    return _back(device, "stopped")


@routes.action("/{device}/override", permission=HOLD)
def override(
    device: str,
    here: Here,
    what: Annotated[str, Form(max_length=20)],
    minutes: Annotated[int, Form(ge=1, le=10_080)],
    power: Annotated[str, Form(max_length=20)] = "",
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """A person's set-point before the plan's, for a time."""
    try:
        until = here.now + timedelta(minutes=minutes)
        service.take_over(here.store, here.actor, device, _power(what, power), until, reason, here.now)
    except InvalidInput as error:
        return _one(device, here, error.findings, {"what": what, "power": power, "reason": reason})
    return _back(device, "taken")


@routes.action("/{device}/release", permission=HOLD)
def release(device: str, here: Here) -> Response:
    """Let the plan go on."""
    service.give_back(here.store, here.actor, device, here.now)
    return _back(device, "back")


@routes.page("/{device}/entry", permission=DISPATCH)
def entry_page(device: str, here: Here) -> Response:
    """How a device is reached, and its limits."""
    thing, row, version = entry_of(here.store, here.actor, device)
    return _entry(here, device, thing.name, row, version)


@routes.action("/{device}/entry", permission=DISPATCH)
def save_entry(device: str, here: Here, form: Written) -> Response:
    """Set it up; nothing is sent until it is armed."""
    row = {name: str(form.get(name, "")) for name in FIELDS}
    version = whole(form.get("version"))
    try:
        service.save_device(here.store, here.actor, device, row, version, here.now)
    except InvalidInput as error:
        name = entry_of(here.store, here.actor, device)[0].name
        return _entry(here, device, name, row, version, error.findings)
    return _back(device, "saved")


@routes.action("/{device}/remove", permission=DISPATCH)
def remove(device: str, here: Here, version: Annotated[int, Form()]) -> Response:
    """Take the entry out; the log stays."""
    service.remove_device(here.store, here.actor, device, version, here.now)
    return RedirectResponse("/energy/dispatch?done=removed", 303)


@routes.page("/{device}/arm", permission=DISPATCH)
def arm_page(device: str, here: Here) -> Response:
    """What arming would mean: its limits, its fallback, whether it answers, and what it would be told now."""
    return _arm(device, here)


@routes.action("/{device}/arm", permission=DISPATCH)
def arm(
    device: str,
    here: Here,
    version: Annotated[int, Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
    agreed: Annotated[str, Form(max_length=5)] = "",
) -> Response:
    """Let set-points go out."""
    try:
        service.arm(here.store, here.actor, device, version, reason, bool(agreed), here.now)
    except InvalidInput as error:
        return _arm(device, here, error.findings, reason)
    return _back(device, "armed")


def device_url(device: str, part: str = "") -> str:
    """The address of a device's page."""
    return f"/energy/dispatch/{quote(device, safe='')}{part}"


def _back(device: str, done: str) -> Response:
    return RedirectResponse(f"{device_url(device)}?done={done}", 303)


def _words(board: DispatchBoard | None = None) -> dict[str, Any]:
    return {
        "board": board,
        "cuts": CUTS,
        "stops": STOPS,
        "origins": ORIGINS,
        "vias": {via: name for via, (name, _) in VIAS.items()},
        "device_url": device_url,
        "instant": instant,
        "beats": BEATS,
    }


def _one(
    device: str,
    here: Visit,
    findings: Sequence[Finding] = (),
    given: Mapping[str, str] | None = None,
    done: str = "",
) -> Response:
    found = device_page(here.store, here.actor, device, here.now)
    return here.render(
        "energy/device.html",
        status=422 if findings else 200,
        page=found,
        line=found.line,
        device=found.line.device,
        findings=findings,
        given=given or {},
        done=DONE.get(done),
        kinds=KINDS,
        spans=SPANS,
        whats=WHATS,
        staff=here.actor.tenant is None,
        may_set_up=here.actor.may(DISPATCH),
        may_hold=here.actor.may(HOLD),
        **_words(),
    )


def _entry(
    here: Visit,
    device: str,
    name: str,
    row: Mapping[str, str],
    version: int,
    findings: Sequence[Finding] = (),
) -> Response:
    return here.render(
        "energy/device_entry.html",
        status=422 if findings else 200,
        id=device,
        name=name,
        row=row,
        version=version,
        findings=findings,
        examples=EXAMPLES,
        **_words(),
    )


def _arm(device: str, here: Visit, findings: Sequence[Finding] = (), reason: str = "") -> Response:
    found = device_page(here.store, here.actor, device, here.now)
    return here.render(
        "energy/device_arm.html",
        status=422 if findings else 200,
        line=found.line,
        device=found.line.device,
        answer=service.probe(here.store, here.actor, device),
        findings=findings,
        reason=reason,
        **_words(),
    )


def _power(what: str, text: str) -> float | None:
    """Charging [kW]; None for hands off."""
    if what == "hands_off":
        return None
    if what == "rest":
        return 0.0
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        value = -1.0
    if what not in WHATS or not value >= 0:
        raise InvalidInput.because(
            "power",
            Text("출력을 적지 않았습니다.", "is missing."),
            Text("kW로 0보다 큰 수를 적으십시오.", "give a number of kW above 0."),
        )
    return value if what == "charge" else -value
