"""What the settings say about telling: `[control]` and the gateways, with secrets from the environment.

    [control]
    telling = "live"                 # off | test | live; test is what it is when nothing is said
    address = "https://sandan.example"
    answer_minutes = 5

    [control.gateways.sms]
    kind = "sms"
    url = "jsons://sms.example/send/{to}?+Authorization={secret}"

`{secret}` is `SANDAN_CONTROL_GATEWAY_SMS_SECRET`. A gateway is an address as Apprise reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from sandan.control.model.contacts import Channel, ChannelKind
from sandan.control.model.incidents.procedures import levels
from sandan.control.model.notices import Limits, Mode, Pace
from sandan.errors import Finding, InvalidInput
from sandan.settings import Settings
from sandan.words import Text

SECRET = "SANDAN_CONTROL_GATEWAY_{}_SECRET"  # noqa: S105  # the variable's name, not a secret
_NAME = re.compile(r"[a-z0-9_]{1,40}")


@dataclass(frozen=True, slots=True)
class Gateway:
    """A way out of the house; the secret is never stored, shown or logged."""

    name: str
    kind: ChannelKind
    url: str
    secret: str = field(default="", repr=False)

    def address(self, to: str, key: str = "") -> str:
        """The gateway's address for one recipient, who can put nothing else into it.

        `key` is the same each time one message is tried: a gateway that is given it can tell.
        """
        safe = "" if "{secret}@" in self.url else "/"
        filled = self.url.replace("{to}", quote(to, safe="")).replace("{key}", quote(key, safe=""))
        return filled.replace("{secret}", quote(self.secret, safe=safe))

    def without_secret(self, said: str) -> str:
        """What a gateway said, if it should have said the secret too."""
        for secret in filter(None, (self.secret, quote(self.secret, safe=""))):
            said = said.replace(secret, "…")
        return said


@dataclass(frozen=True, slots=True)
class Desk:
    """How telling is set up."""

    mode: Mode = Mode.TEST
    address: str = ""
    """Where this installation is reached from outside; links in notices begin with it."""
    through_level: int = 2
    """From this level on a message does not wait for the end of quiet hours."""
    answer_minutes: int | None = None
    """How long a contact has to answer when the book does not say; None: nobody waits."""
    limits: Limits = field(default_factory=Limits)
    pace: Pace = field(default_factory=Pace)
    gateways: Mapping[str, Gateway] = field(default_factory=dict)

    def gateway(self, channel: Channel) -> Gateway | None:
        """The gateway of a channel: the named one, else the first of its kind."""
        if channel.gateway:
            found = self.gateways.get(channel.gateway)
            return found if found is not None and found.kind is channel.kind else None
        return next((one for one in self.gateways.values() if one.kind is channel.kind), None)


def read_desk(settings: Settings) -> Desk:
    """The settings of telling; `InvalidInput` with everything wrong with them."""
    table = settings.table("control")
    reader = _Reader(table)
    gateways = {}
    given = table.get("gateways", {})
    for name, facts in sorted(given.items() if isinstance(given, Mapping) else []):
        gateway = reader.gateway(name, facts, settings.environment.get(SECRET.format(name.upper()), ""))
        if gateway is not None:
            gateways[name] = gateway
    web = settings.web
    address = str(table.get("address", "")).rstrip("/") or f"http://{web.host}:{web.port}"
    if not address.startswith(("https://", "http://")):
        reader.fault(
            "address",
            Text("주소가 아닙니다.", "is no address."),
            Text("https://…로 적으십시오.", "write https://…."),
        )
    desk = Desk(
        mode=reader.mode(),
        address=address,
        through_level=reader.whole("through_level", min(levels()), max(levels()), 2),
        answer_minutes=reader.whole("answer_minutes", 0, 1440, 0) or None,
        limits=Limits(
            reader.whole("sms_bytes", 20, 10_000, Limits().sms_bytes),
            reader.whole("lms_bytes", 20, 100_000, Limits().lms_bytes),
        ),
        pace=Pace(give_up=timedelta(minutes=reader.whole("give_up_minutes", 1, 1440, 60))),
        gateways=gateways,
    )
    if reader.findings:
        raise InvalidInput(reader.findings)
    return desk


class _Reader:
    """Reads `[control]` and gathers what is wrong."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.table = table
        self.findings: list[Finding] = []

    def fault(self, name: str, problem: Text, remedy: Text) -> None:
        self.findings.append(Finding(f"[control] {name}", problem, remedy))

    def mode(self) -> Mode:
        value = self.table.get("telling", Mode.TEST.value)
        if value is False:  # what TOML and the environment make of a bare `off`
            value = Mode.OFF.value
        if value in list(Mode):
            return Mode(value)
        self.fault(
            "telling",
            Text(f"'{value}'은(는) 모르는 값입니다.", f"'{value}' is not known."),
            Text("off, test, live 중 하나를 쓰십시오.", "use off, test or live."),
        )
        return Mode.TEST

    def whole(self, name: str, low: int, high: int, otherwise: int) -> int:
        value = self.table.get(name, otherwise)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        self.fault(
            name,
            Text(f"'{value}'은(는) 쓸 수 없는 수입니다.", f"'{value}' is not a usable number."),
            Text(f"{low}부터 {high}까지 적으십시오.", f"give {low} to {high}."),
        )
        return otherwise

    def gateway(self, name: str, facts: object, secret: str) -> Gateway | None:
        where = f"gateways.{name}"
        kind = facts.get("kind") if isinstance(facts, Mapping) else None
        url = str(facts.get("url", "")) if isinstance(facts, Mapping) else ""
        before = len(self.findings)
        if not _NAME.fullmatch(name):
            self.fault(
                where,
                Text("쓸 수 없는 이름입니다.", "is not a usable name."),
                Text("영문 소문자, 숫자, 밑줄만 쓰십시오.", "use small letters, digits and underscores."),
            )
        if kind not in list(ChannelKind) or "://" not in url:
            self.fault(
                where,
                Text("종류(kind)나 주소(url)가 올바르지 않습니다.", "its kind or url is not usable."),
                Text(
                    f"kind는 {', '.join(ChannelKind)} 중 하나, url은 Apprise 주소입니다.",
                    f"kind is one of {', '.join(ChannelKind)}, url an address as Apprise reads them.",
                ),
            )
        elif _has_password(url):
            self.fault(
                where,
                Text("주소에 비밀이 들어 있습니다.", "its address contains a secret."),
                Text(
                    f"{{secret}}으로 바꾸고 환경 변수 {SECRET.format(name.upper())}에 두십시오.",
                    f"write {{secret}} and put it in the environment variable {SECRET.format(name.upper())}.",
                ),
            )
        if "{secret}" in url and not secret:
            self.fault(
                where,
                Text("비밀이 주어지지 않았습니다.", "its secret is not given."),
                Text(
                    f"환경 변수 {SECRET.format(name.upper())}에 두십시오.",
                    f"put it in the environment variable {SECRET.format(name.upper())}.",
                ),
            )
        if len(self.findings) > before:
            return None
        return Gateway(name, ChannelKind(str(kind)), url, secret)


def _has_password(url: str) -> bool:
    try:
        password = urlsplit(url).password
    except ValueError:
        return False
    return password is not None and password != "{secret}"  # noqa: S105  # the placeholder
