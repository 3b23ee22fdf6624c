"""Readings from an MQTT 5 broker: QoS 1, acknowledged by hand after the commit, in a lasting session.

What was not acknowledged when Sandan died is delivered again and found to be a duplicate. The
broker sends at most `receive_maximum` messages ahead, so a slow store slows the broker, and the broker
its publishers. The broker must be allowed to queue (Mosquitto: `max_queued_messages 0`), or
it throws away what it cannot pass on, and nobody here can know.

    host = "broker.plant"    port = 8883    tls = true    username = "sandan"    password_env = "PLANT_MQTT"
    [[topics]]               filter = "$share/sandan/plant/+/meter"    address = "{2}.active_energy"
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from sandan.clock import Clock
from sandan.errors import Unavailable
from sandan.form import Form
from sandan.ingest.engine import millis
from sandan.ingest.model import Delivery
from sandan.ingest.sources.payload import Columns, Reading, options, read_message
from sandan.ingest.sources.topics import Subscription, address_of
from sandan.mqtt import attach, keep_alive
from sandan.words import Text

log = logging.getLogger("sandan.ingest")

PATIENCE = 10.0
"""Seconds a broker has to answer."""
GATHER = 0.02
"""Seconds that messages gather before they are decoded together."""


@dataclass(frozen=True, slots=True)
class MqttParams:
    """Where the broker is, what to listen to, and how much it may send ahead."""

    host: str
    port: int
    subscriptions: tuple[Subscription, ...]
    client_id: str = ""
    username: str | None = None
    password: str | None = None
    tls: bool = False
    ca: str | None = None
    certificate: str | None = None
    private_key: str | None = None
    keepalive: int = 30
    session: int = 7 * 86_400
    """Seconds the broker keeps what arrives while Sandan is away."""
    receive_maximum: int = 4_000
    reading: Reading = field(default_factory=Reading)


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it came; `received` in milliseconds."""

    topic: str
    payload: bytes
    received: int
    mid: int
    qos: int


@dataclass(slots=True)
class Decoded:
    """What some messages say; `replies` are topics and payloads to publish.

    Messages in `later` cannot be understood yet: they are not acknowledged and come again with the next.
    """

    columns: Columns = field(default_factory=Columns)
    silent: list[str] = field(default_factory=list)
    gaps: int = 0
    replies: list[tuple[str, bytes]] = field(default_factory=list)
    later: list[Message] = field(default_factory=list)


class Decoder(Protocol):
    """Turns messages into readings."""

    def decode(self, messages: Sequence[Message]) -> Decoded: ...


class JsonDecoder:
    """Messages in one of the JSON shapes of `payload`."""

    def __init__(self, subscriptions: Sequence[Subscription], reading: Reading) -> None:
        self._subscriptions, self._reading = tuple(subscriptions), reading

    def decode(self, messages: Sequence[Message]) -> Decoded:
        decoded = Decoded()
        for message in messages:
            read_message(
                decoded.columns,
                message.payload,
                topic=message.topic,
                received=message.received,
                reading=self._reading,
                address=address_of(self._subscriptions, message.topic),
            )
        return decoded


class MqttSource:
    """One connection to one broker."""

    def __init__(self, id: str, params: MqttParams, clock: Clock, decoder: Decoder | None = None) -> None:
        self.id = id
        self._params, self._clock = params, clock
        self._decoder = decoder or JsonDecoder(params.subscriptions, params.reading)
        self._client: paho.Client | None = None
        self._waiting: deque[Message] = deque()
        self._later: list[Message] = []
        self._stirred = asyncio.Event()
        self._lost: Text | None = None
        self._ready = False
        self._upkeep: asyncio.Task[None] | None = None

    async def deliveries(self) -> AsyncIterator[Delivery]:
        """Deliveries while the connection lasts; an empty one first, as a sign that it stands."""
        client = await self._open()
        try:
            yield Delivery(Columns().table(), self._clock.now())
            while True:
                await self._stirred.wait()
                self._stirred.clear()
                await asyncio.sleep(GATHER)
                while self._waiting:
                    yield self._delivery(client)
                if self._lost is not None:
                    raise Unavailable(self._lost)
        finally:
            await self._shut(client)

    async def close(self) -> None:
        if self._client is not None:
            await self._shut(self._client)

    def _delivery(self, client: paho.Client) -> Delivery:
        messages = [
            self._waiting.popleft() for _ in range(min(len(self._waiting), self._params.receive_maximum))
        ]
        messages = self._later + messages
        decoded = self._decoder.decode(messages)
        self._later = decoded.later
        if self._later:
            deferred = {id(message) for message in self._later}
            messages = [message for message in messages if id(message) not in deferred]
        for topic, payload in decoded.replies:
            client.publish(topic, payload, qos=0)
        return Delivery(
            decoded.columns.table(),
            self._clock.now(),
            acknowledge=self._acknowledge(client, messages),
            unreadable=tuple(decoded.columns.unreadable),
            silent=tuple(decoded.silent),
            gaps=decoded.gaps,
        )

    def _acknowledge(self, client: paho.Client, messages: Sequence[Message]) -> Callable[[], Awaitable[None]]:
        async def acknowledge() -> None:
            # on another connection the number may mean another message by now
            current = self._client is client
            for message in messages if current else ():
                if message.qos:
                    client.ack(message.mid, message.qos)

        return acknowledge

    async def _open(self) -> paho.Client:
        loop, params = asyncio.get_running_loop(), self._params
        self._waiting.clear()
        self._later = []
        self._stirred.clear()
        self._lost, self._ready = None, False

        def stir() -> None:
            loop.call_soon_threadsafe(self._stirred.set)

        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=params.client_id or f"sandan-{self.id}",
            protocol=paho.MQTTv5,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        if params.username is not None:
            client.username_pw_set(params.username, params.password)
        if params.tls:
            client.tls_set(params.ca, params.certificate, params.private_key)

        def connected(_: Any, __: Any, ___: Any, reason: ReasonCode, ____: Any) -> None:
            if reason.is_failure:
                self._lost = _away(params, str(reason))
                stir()
                return
            wanted = [(s.filter, SubscribeOptions(qos=s.qos)) for s in params.subscriptions]
            client.subscribe(wanted)

        def subscribed(_: Any, __: Any, ___: Any, reasons: list[ReasonCode], ____: Any) -> None:
            refused = [s.filter for s, r in zip(params.subscriptions, reasons, strict=True) if r.is_failure]
            if refused:
                self._lost = _away(params, f"subscription refused: {', '.join(refused)}")
            self._ready = not refused
            stir()

        def arrived(_: Any, __: Any, message: paho.MQTTMessage) -> None:
            received = millis(self._clock.now())
            self._waiting.append(Message(message.topic, message.payload, received, message.mid, message.qos))
            if len(self._waiting) == 1 or len(self._waiting) % 100 == 0:
                stir()

        def lost(_: Any, __: Any, ___: Any, reason: ReasonCode, ____: Any) -> None:
            self._lost = self._lost or _away(params, str(reason))
            stir()

        attach(client, loop)
        client.on_connect, client.on_subscribe = connected, subscribed
        client.on_message, client.on_disconnect = arrived, lost
        terms = Properties(PacketTypes.CONNECT)
        terms.SessionExpiryInterval = params.session
        terms.ReceiveMaximum = params.receive_maximum
        try:
            await asyncio.to_thread(
                client.connect,
                params.host,
                params.port,
                params.keepalive,
                clean_start=False,
                properties=terms,
            )
        except (OSError, ValueError) as error:
            raise Unavailable(_away(params, str(error))) from error
        self._client = client
        self._upkeep = asyncio.create_task(keep_alive(client), name=f"mqtt {self.id}")
        try:
            async with asyncio.timeout(PATIENCE):
                while not self._ready and self._lost is None:
                    await self._stirred.wait()
                    self._stirred.clear()
        except TimeoutError:
            self._lost = _away(params, "no answer")
        if self._lost is not None:
            await self._shut(client)
            raise Unavailable(self._lost)
        self._stirred.set()
        return client

    async def _shut(self, client: paho.Client) -> None:
        """Leave; the broker keeps the session, and with it everything not acknowledged."""
        if self._client is client:
            self._client = None
        if self._upkeep is not None:
            self._upkeep.cancel()
        client.on_message = client.on_disconnect = None
        client.disconnect()
        client.loop_write()  # the farewell; the socket closes with it


def mqtt_source(id: str, settings: Mapping[str, Any], clock: Clock) -> MqttSource:
    """A source from its settings; `InvalidInput` with every finding."""
    form = Form(settings, id)
    subscriptions = []
    for table in form.tables("topics"):
        subscriptions.append(
            Subscription(
                table.text("filter"), table.text("address", ""), table.whole("qos", 1, low=0, high=1)
            )
        )
        table.close()
    params = read_params(form, tuple(subscriptions))
    form.finish()
    return MqttSource(id, params, clock)


def read_params(form: Form, subscriptions: tuple[Subscription, ...]) -> MqttParams:
    """What every connection to a broker has in its settings."""
    tls = form.flag("tls")
    zone, stamp = form.text("zone", ""), form.text("stamp", "", allowed=("", "received"))
    return MqttParams(
        form.text("host"),
        form.whole("port", 8883 if tls else 1883, low=1, high=65_535),
        subscriptions,
        form.text("client_id", ""),
        form.text("username", "") or None,
        form.secret("password"),
        tls,
        form.text("ca", "") or None,
        form.text("certificate", "") or None,
        form.text("private_key", "") or None,
        form.whole("keepalive", 30, low=1, high=3600),
        form.whole("session", 7 * 86_400, low=0, high=0xFFFFFFFE),
        form.whole("receive_maximum", 4_000, low=1, high=65_535),
        options({"zone": zone, "stamp": stamp}),
    )


def _away(params: MqttParams, why: str) -> Text:
    return Text(
        f"브로커 {params.host}:{params.port}에 연결되지 않습니다 ({why}). 주소·계정·방화벽을 확인하십시오.",
        f"the broker {params.host}:{params.port} is not there ({why}). Check address, account and firewall.",
    )
