"""Set-points by MQTT 5: a message that the broker throws away when it is too old to be obeyed.

A set-point is never retained: a device that comes back must not find an order of yesterday. Retained are
the terms, on `<topic>/terms`: what the device falls back to when nothing fresh has come for so many seconds.

    host = "broker.plant"    port = 8883    tls = true    username = "sandan"    password_env = "PLANT_MQTT"
    topic = "plant/ess-1/setpoint"
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import orjson
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sandan.clock import instant
from sandan.energy.model.dispatch import Answer, Device, Order
from sandan.form import Form
from sandan.mqtt import attach, keep_alive
from sandan.words import Text

PATIENCE = 10.0
"""Seconds a broker has to answer."""
NO_SUBSCRIBERS = 16


@dataclass(frozen=True, slots=True)
class MqttAddress:
    """Where the broker is, and on which topic the device listens."""

    host: str
    port: int
    topic: str
    username: str | None
    password: str | None
    tls: bool
    ca: str | None
    certificate: str | None
    private_key: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to be published; `expires` in seconds, None for one that is retained."""

    topic: str
    payload: bytes
    expires: int | None


class MqttOutlet:
    """A device behind a broker; each order is a visit of its own, so nothing waits to be sent late."""

    def __init__(self, id: str, address: MqttAddress, device: Device | None) -> None:
        self._id, self._address, self._device = id, address, device
        self._count = 0

    async def probe(self) -> Answer:
        return await self._visit([])

    async def send(self, order: Order, *, renew: bool) -> Answer:
        letters = [self._terms()] if renew else []
        return await self._visit([*letters, self._order(order)])

    def _order(self, order: Order) -> Letter:
        self._count += 1
        body = {
            "device": self._id,
            "power": round(order.power, 3),
            "unit": "kW",
            "positive": "charge",
            "sent_at": instant(order.made_at).isoformat(),
            "valid_until": instant(order.valid_until).isoformat(),
            "origin": str(order.origin),
            "count": self._count,
        }
        expires = -(-(order.valid_until - order.made_at) // 1000)
        return Letter(self._address.topic, orjson.dumps(body), expires)

    def _terms(self) -> Letter:
        assert self._device is not None
        body = {
            "device": self._id,
            "fallback": self._device.fallback,
            "unit": "kW",
            "positive": "charge",
            "after": self._device.lease,
        }
        return Letter(f"{self._address.topic}/terms", orjson.dumps(body), None)

    async def _visit(self, letters: list[Letter]) -> Answer:
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._publish(letters)
        except TimeoutError:
            return self._away("no answer")
        except (OSError, ValueError) as error:
            return self._away(str(error))

    async def _publish(self, letters: list[Letter]) -> Answer:
        """Connect, publish, wait for every receipt, leave."""
        loop = asyncio.get_running_loop()
        entered: asyncio.Future[ReasonCode] = loop.create_future()
        receipts: dict[int, asyncio.Future[ReasonCode]] = {}

        def connected(_: Any, __: Any, ___: Any, reason: ReasonCode, ____: Any) -> None:
            if not entered.done():
                entered.set_result(reason)

        def taken(_: Any, __: Any, mid: int, reason: ReasonCode, ____: Any) -> None:
            receipts.setdefault(mid, loop.create_future()).set_result(reason)

        def lost(_: Any, __: Any, ___: Any, reason: ReasonCode, ____: Any) -> None:
            for waiting in (entered, *receipts.values()):
                if not waiting.done():
                    waiting.set_exception(ConnectionError(str(reason)))

        client = self._client()
        client.on_connect, client.on_publish, client.on_disconnect = connected, taken, lost
        attach(client, loop)
        await asyncio.to_thread(client.connect, self._address.host, self._address.port, 30)
        upkeep = asyncio.create_task(keep_alive(client), name=f"mqtt {self._id}")
        try:
            reason = await entered
            if reason.is_failure:
                return self._away(str(reason))
            for letter in letters:
                mid = client.publish(
                    letter.topic, letter.payload, 1, letter.expires is None, _expiry(letter.expires)
                ).mid
                answer = await receipts.setdefault(mid, loop.create_future())
                if answer.is_failure:
                    return self._away(str(answer))
                if letter.expires is not None and answer.value == NO_SUBSCRIBERS:
                    return Answer(False, Text("토픽을 듣는 장치가 없습니다.", "Nobody listens on the topic."))
            if not letters:
                return Answer(True, Text("브로커가 응답합니다.", "The broker answers."))
            return Answer(True, Text("브로커가 받았습니다.", "The broker took it."))
        finally:
            upkeep.cancel()
            client.on_disconnect = None
            client.disconnect()
            with suppress(OSError, ValueError):
                client.loop_write()

    def _client(self) -> paho.Client:
        address = self._address
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=f"sandan-dispatch-{self._id}",
            protocol=paho.MQTTv5,
            reconnect_on_failure=False,
        )
        if address.username is not None:
            client.username_pw_set(address.username, address.password)
        if address.tls:
            client.tls_set(address.ca, address.certificate, address.private_key)
        return client

    def _away(self, why: str) -> Answer:
        place = f"{self._address.host}:{self._address.port}"
        return Answer(
            False,
            Text(
                f"브로커 {place}에 보내지 못했습니다 ({why}).", f"The broker {place} did not take it ({why})."
            ),
        )


def mqtt_outlet(id: str, settings: Mapping[str, Any], device: Device | None) -> MqttOutlet:
    """An outlet from its settings; `InvalidInput` with every finding."""
    form = Form(settings, id)
    tls = form.flag("tls")
    address = MqttAddress(
        form.text("host"),
        form.whole("port", 8883 if tls else 1883, low=1, high=65_535),
        form.text("topic"),
        form.text("username", "") or None,
        form.secret("password"),
        tls,
        form.text("ca", "") or None,
        form.text("certificate", "") or None,
        form.text("private_key", "") or None,
    )
    if any(sign in address.topic for sign in "+#"):
        wild = Text("한 장치의 토픽이어야 합니다.", "must be the topic of one device.")
        form.refuse("topic", wild, '"plant/ess-1/setpoint"')
    form.finish()
    return MqttOutlet(id, address, device)


def _expiry(seconds: int | None) -> Properties | None:
    if seconds is None:
        return None
    terms = Properties(PacketTypes.PUBLISH)
    terms.MessageExpiryInterval = seconds
    return terms
