"""Ways out that Apprise does not know, as a service of it: Korean text messages, and a signed webhook.

    aligo://account:{secret}@sender/{to}              Aligo
    solapi://key:{secret}@sender/{to}                 SOLAPI
    sens://key:{secret}@sender/service/{to}           Naver Cloud SENS
    signeds://name:{secret}@host/path/{to}?key={key}  a webhook that can check who called

A gateway says 200 to much that it will not send, so each answer is read. Written after the services' public
documents; none was tried against the service itself.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import Any
from urllib.parse import quote, unquote, urlencode

from apprise import NotifyBase, NotifyType
from apprise.manager_plugins import NotificationManager

from sandan.clock import SystemClock
from sandan.control.engine.notices.texts import length
from sandan.control.model.notices import Limits

MOST_BYTES = 65_536
"""How much of an answer is read."""
HOPELESS = frozenset({400, 422})
"""What is refused with these would be refused again."""
_JSON = "application/json; charset=utf-8"
_FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Letter:
    """A message for a service, with what the settings say of the account."""

    account: str
    secret: str
    sender: str
    path: tuple[str, ...]
    title: str
    text: str
    key: str
    now: datetime

    @property
    def to(self) -> str:
        return self.path[-1] if self.path else ""

    def signed(self, said: str) -> bytes:
        """HMAC-SHA256 with the secret."""
        return hmac.new(self.secret.encode(), said.encode(), hashlib.sha256).digest()


@dataclass(frozen=True, slots=True)
class Call:
    """What a service is asked over HTTP."""

    path: str
    data: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Service:
    """How a service is asked, and by which field of its answer it says yes.

    An empty `yes` means that every answer of 200 to 299 is one, an empty `home` that the address says where.
    """

    name: str
    home: str
    call: Callable[[Letter], Call]
    yes: tuple[str, str] | None

    def refusal(self, status: int, answer: Mapping[str, Any]) -> str:
        """Why an answer is a refusal; empty when it is none."""
        if not 200 <= status < 300:
            return " ".join(filter(None, (str(status) if status else "", _why(answer))))
        return "" if self.yes is None or str(answer.get(self.yes[0])) == self.yes[1] else _why(answer)


def call_aligo(letter: Letter) -> Call:
    """A form; what is longer than 90 bytes is asked for as a long message.

    https://smartsms.aligo.in/admin/api/spec.html
    """
    said = {
        "key": letter.secret,
        "user_id": letter.account,
        "sender": _digits(letter.sender),
        "receiver": _digits(letter.to),
        "msg": letter.text,
        "msg_type": length(letter.text, Limits()).form,
    }
    return Call("/send/", urlencode(said).encode(), {"content-type": _FORM})


def call_solapi(letter: Letter) -> Call:
    """JSON, with a signature over the time and a salt; it finds out itself how long the text is.

    https://developers.solapi.dev/references/authentication/api-key
    """
    date, salt = letter.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), secrets.token_hex(16)
    signature = letter.signed(date + salt).hex()
    leave = f"HMAC-SHA256 apiKey={letter.account}, date={date}, salt={salt}, signature={signature}"
    said = {"message": {"to": _digits(letter.to), "from": _digits(letter.sender), "text": letter.text}}
    return Call("/messages/v4/send", _json(said), {"authorization": leave, "content-type": _JSON})


def call_sens(letter: Letter) -> Call:
    """JSON, with a signature over method, path, time and key.

    https://api.ncloud-docs.com/docs/ai-application-service-sens-smsv2
    """
    path = f"/sms/v2/services/{quote(letter.path[0], safe=':')}/messages"
    moment = str(int(letter.now.timestamp() * 1000))
    signature = letter.signed(f"POST {path}\n{moment}\n{letter.account}")
    said = {
        "type": length(letter.text, Limits()).form,
        "from": _digits(letter.sender),
        "content": letter.text,
        "messages": [{"to": _digits(letter.to)}],
    }
    headers = {
        "content-type": _JSON,
        "x-ncp-apigw-timestamp": moment,
        "x-ncp-iam-access-key": letter.account,
        "x-ncp-apigw-signature-v2": base64.b64encode(signature).decode(),
    }
    return Call(path, _json(said), headers)


def call_webhook(letter: Letter) -> Call:
    """JSON to the operator's own webhook, which can tell our calls from others', and one message from two.

    `Sandan-Signature: t=<seconds>,v1=<hex HMAC-SHA256 of "<seconds>.<body>">`; `Idempotency-Key` is the
    same each time one message is tried.
    """
    data = _json({"key": letter.key, "to": letter.to, "title": letter.title, "text": letter.text})
    moment = int(letter.now.timestamp())
    signature = letter.signed(f"{moment}.{data.decode()}").hex()
    headers = {"content-type": _JSON, "sandan-signature": f"t={moment},v1={signature}"}
    if letter.key:
        headers["idempotency-key"] = letter.key
    return Call("/" + "/".join(quote(one, safe="") for one in letter.path), data, headers)


_WEBHOOK = Service("webhook", "", call_webhook, None)
SERVICES: Mapping[str, Service] = {
    "aligo": Service("Aligo", "https://apis.aligo.in", call_aligo, ("result_code", "1")),
    "solapi": Service("SOLAPI", "https://api.solapi.com", call_solapi, ("statusCode", "2000")),
    "sens": Service("Naver Cloud SENS", "https://sens.apigw.ntruss.com", call_sens, ("statusCode", "202")),
    "signeds": _WEBHOOK,
    "signed": _WEBHOOK,
}


class Door(NotifyBase):  # type: ignore[no-untyped-call]  # Apprise is typed in parts
    """The services as one of Apprise's; `again_in` and `final` say what the last refusal meant."""

    service_name = "Sandan"  # type: ignore[assignment]  # Apprise types it None
    secure_protocol = tuple(SERVICES)  # type: ignore[assignment]  # the same
    request_rate_per_sec = 0

    def __init__(self, at: str = "", key: str = "", **more: Any) -> None:
        """`at` takes the place of a service's own address, as in the cloud of public bodies."""
        super().__init__(**more)  # type: ignore[no-untyped-call]  # the same
        self.service = SERVICES[self.schema]
        here = f"{'http' if self.schema == 'signed' else 'https'}://{self.host}"
        self.at = at or self.service.home or (f"{here}:{self.port}" if self.port else here)
        self.key = key
        self.again_in: float | None = None
        self.final = False

    @staticmethod
    def parse_url(url: str, *_: object, **__: object) -> dict[str, Any] | None:
        """What Apprise gathers from an address, and our two settings of it."""
        found = NotifyBase.parse_url(url, verify_host=False)
        if found:
            found |= {name: unquote(found["qsd"].get(name, "")) for name in ("at", "key")}
        return found

    def send(
        self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **_: object
    ) -> bool:
        """Whether the service took the message; why not is in the log that the result keeps."""
        del notify_type
        path = tuple(one for one in self.fullpath.split("/") if one)
        letter = Letter(
            self.user or "", self.password or "", self.host, path, title, body, self.key, SystemClock().now()
        )
        status, headers, answer = self._ask(self.service.call(letter))
        why = self.service.refusal(status, answer)
        wait = headers.get("retry-after", "")
        self.again_in = float(wait) if wait.isdigit() else None
        self.final = status in HOPELESS
        if why:
            self.logger.warning("%s: %s", self.service.name, why)
        return not why

    def _ask(self, call: Call) -> tuple[int, Mapping[str, str], Mapping[str, Any]]:
        request = urllib.request.Request(self.at + call.path, call.data, dict(call.headers), method="POST")  # noqa: S310  # the settings' own address
        try:
            with _OPENER.open(request, timeout=self.socket_read_timeout) as answer:
                return answer.status, _lower(answer.headers), _read(answer.read(MOST_BYTES))
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _lower(error.headers), _read(error.read(MOST_BYTES))
        except (OSError, http.client.HTTPException) as error:
            why = str(getattr(error, "reason", "") or error).strip() or type(error).__name__
            return 0, {}, {"message": f"no answer: {why}"}


class _Stay(urllib.request.HTTPRedirectHandler):
    """A message goes where the settings say, not where an answer points."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Stay)


def register() -> None:
    """Make the services known to Apprise, once in a process."""
    manager = NotificationManager()  # type: ignore[no-untyped-call]
    if Door.secure_protocol[0] not in manager:
        manager.add(Door)  # type: ignore[no-untyped-call]


def _digits(number: str) -> str:
    return "".join(letter for letter in number if letter.isdigit() or letter == "+")


def _json(said: Mapping[str, object]) -> bytes:
    return json.dumps(said, ensure_ascii=False).encode()


def _lower(headers: Message) -> Mapping[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _read(data: bytes) -> Mapping[str, Any]:
    """An answer as JSON; one that is none is kept as text, so that it can be shown."""
    try:
        found = json.loads(data)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"message": data.decode("utf-8", "replace").strip()}


def _why(answer: Mapping[str, Any]) -> str:
    """The part of an answer that says why it is no yes."""
    words = [str(answer[name]) for name in _WORDS if answer.get(name)]
    return " ".join(" ".join(words).split())[:200] or "an answer that says nothing"


_WORDS = ("result_code", "errorCode", "statusCode", "message", "errorMessage", "statusMessage", "statusName")
