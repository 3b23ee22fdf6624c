"""Set-points by OpenADR 3: an event on a VTN whose interval ends when the order is no longer valid.

Sandan is the business-logic client of the VTN (scope `write_events`); the device's VEN fetches the event. It
polls, so the lease should be several of its polling intervals. `DISPATCH_SETPOINT` is "the absolute amount of
consumption by a resource": charging is positive. There is one event a device, found again by its name and
changed by each heartbeat, so that no two contradict one another. Written for OpenADR 3.1, where targets are
names; with `version = "3.0"` they are pairs of type and values.

    url = "https://vtn.example/openadr3/3.1.0"    program = "program-7"    target = "ess-1"
    token_url = "https://vtn.example/openadr3/3.1.0/auth/token"
    client_id = "sandan"    client_secret_env = "VTN_SECRET"
"""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sandan.clock import instant
from sandan.energy.model.dispatch import Answer, Device, Order
from sandan.form import Form
from sandan.words import Text

PATIENCE = 10.0
MOST = 1 << 20
"""Bytes of an answer that are read."""
LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class OpenAdrAddress:
    """Which program of which VTN, which target, and by whose leave."""

    url: str
    token_url: str
    program: str
    target: str
    version: str
    client_id: str | None
    client_secret: str | None
    token: str | None
    scope: str


class _RefusedError(Exception):
    """The VTN answered with an error; `status` is its HTTP code."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(f"{status} {why}")
        self.status = status


class OpenAdrOutlet:
    """A device that takes its orders from a VTN; one event is kept up to date by heartbeats."""

    def __init__(self, id: str, address: OpenAdrAddress, device: Device | None) -> None:
        self._name, self._address = f"sandan {id}", address
        self._token = address.token
        self._event: str | None = None

    async def probe(self) -> Answer:
        """Asks for the program, which proves the address, the token and the program at once."""
        return await asyncio.to_thread(self._guarded, None)

    async def send(self, order: Order, *, renew: bool) -> Answer:
        """Change the device's event; its terms are in the event itself."""
        return await asyncio.to_thread(self._guarded, order)

    def _guarded(self, order: Order | None) -> Answer:
        try:
            if order is None:
                self._ask("GET", f"/programs/{quote(self._address.program, safe='')}")
                return Answer(True, Text("VTN이 프로그램을 알고 있습니다.", "The VTN knows the program."))
            return self._put(self._body(order))
        except (_RefusedError, OSError, ValueError) as error:
            place = urlsplit(self._address.url).netloc
            return Answer(
                False,
                Text(
                    f"VTN {place}이(가) 받지 않았습니다 ({error}).",
                    f"The VTN {place} did not take it ({error}).",
                ),
            )

    def _put(self, body: dict[str, Any]) -> Answer:
        if self._event is None:
            self._event = self._known()
        if self._event is not None:
            try:
                self._ask("PUT", f"/events/{quote(self._event, safe='')}", body)
                return self._took()
            except _RefusedError as error:
                if error.status != 404:
                    raise
                self._event = None
        made = self._ask("POST", "/events", body)
        self._event = str(made["id"]) if isinstance(made, dict) and made.get("id") else None
        return self._took()

    def _known(self) -> str | None:
        """The event that an earlier run of Sandan left on the VTN."""
        found = self._ask("GET", f"/events?{urlencode({'programID': self._address.program})}")
        mine = [
            str(one["id"])
            for one in found or ()
            if isinstance(one, dict) and one.get("eventName") == self._name and one.get("id")
        ]
        return mine[0] if mine else None

    def _took(self) -> Answer:
        event = self._event or "?"
        return Answer(True, Text(f"VTN이 받았습니다 (이벤트 {event}).", f"The VTN took it (event {event})."))

    def _body(self, order: Order) -> dict[str, Any]:
        start = order.made_at // 1000
        period = {
            "start": instant(start * 1000).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "duration": f"PT{order.valid_until // 1000 - start}S",
        }
        target = self._address.target
        old = self._address.version == "3.0"
        return {
            "programID": self._address.program,
            "eventName": self._name,
            "targets": [{"type": "RESOURCE_NAME", "values": [target]}] if old else [target],
            "payloadDescriptors": [
                {
                    "objectType": "EVENT_PAYLOAD_DESCRIPTOR",
                    "payloadType": "DISPATCH_SETPOINT",
                    "units": "KW",
                }
            ],
            "intervalPeriod": period,
            "intervals": [
                {"id": 0, "payloads": [{"type": "DISPATCH_SETPOINT", "values": [round(order.power, 3)]}]}
            ],
        }

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        """One request with a token, fetched anew once when it has run out."""
        for fresh in (False, True):
            token = self._bearer(fresh=fresh)
            headers = {"accept": "application/json", "content-type": "application/json"}
            if token:
                headers["authorization"] = f"Bearer {token}"
            data = None if body is None else json.dumps(body).encode()
            try:
                return _request(method, self._address.url.rstrip("/") + path, data, headers)
            except _RefusedError as error:
                if error.status != 401 or fresh or self._address.client_secret is None:
                    raise
        raise AssertionError

    def _bearer(self, *, fresh: bool) -> str | None:
        address = self._address
        if address.client_secret is None or (self._token is not None and not fresh):
            return self._token
        form = {
            "grant_type": "client_credentials",
            "client_id": address.client_id or "",
            "client_secret": address.client_secret,
            "scope": address.scope,
        }
        answer = _request(
            "POST",
            address.token_url,
            urlencode(form).encode(),
            {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"},
        )
        if not isinstance(answer, dict) or not isinstance(answer.get("access_token"), str):
            raise ValueError("no access_token")
        self._token = answer["access_token"]
        return self._token


def openadr_outlet(id: str, settings: Mapping[str, Any], device: Device | None) -> OpenAdrOutlet:
    """An outlet from its settings; `InvalidInput` with every finding."""
    form = Form(settings, id)
    url = form.text("url")
    token_url = form.text("token_url", f"{url.rstrip('/')}/auth/token")
    address = OpenAdrAddress(
        url,
        token_url,
        form.text("program"),
        form.text("target"),
        form.text("version", "3.1", allowed=("3.0", "3.1")),
        form.text("client_id", "") or None,
        form.secret("client_secret"),
        form.secret("token"),
        form.text("scope", "read_all write_events"),
    )
    for name, place in (("url", url), ("token_url", token_url)):
        parts = urlsplit(place)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL)
        if place and not safe:
            plain = Text("https 주소여야 합니다.", "must be an https address.")
            form.refuse(name, plain, '"https://vtn.example/openadr3/3.1.0"')
    if address.client_secret is None and address.token is None:
        missing = Text("접속 권한이 없습니다.", "is missing: nothing gives leave to write.")
        form.refuse("client_secret_env", missing, '"VTN_SECRET"')
    form.finish()
    return OpenAdrOutlet(id, address, device)


def _request(method: str, url: str, data: bytes | None, headers: Mapping[str, str]) -> Any:
    request = urllib.request.Request(url, data, dict(headers), method=method)  # noqa: S310  # https was checked
    try:
        with _OPENER.open(request, timeout=PATIENCE) as answer:
            found = answer.read(MOST)
    except urllib.error.HTTPError as error:
        with error:
            raise _RefusedError(error.code, error.reason) from None
    return json.loads(found) if found else None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A token goes nowhere but where it was meant for."""

    def redirect_request(self, *_: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)
