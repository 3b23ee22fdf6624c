"""Set-points by Modbus TCP: a register is written and read back, and only then the watchdog counted up.

A device that supervises its master watches the watchdog register: when it stands still for the device's own
time, the device falls back. A set-point that was not taken is followed by no count.

    host = "10.0.0.7"    port = 502    device = 1
    register = 40    type = "int16"    order = "big"    factor = 0.1    positive = "charge"
    watchdog = 42
    fallback = 44    timeout = 45      # where the device takes its terms by Modbus as well
    alive = 50                         # a register that the device itself keeps counting
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient

from sandan.energy.model.dispatch import Answer, Device, Order
from sandan.form import Form
from sandan.words import Text

PATIENCE = 3.0
TYPES = ("int16", "int32", "float32", "float64")
ORDERS, SENSES = ("big", "little"), ("charge", "discharge")
WORD = 65_536


@dataclass(frozen=True, slots=True)
class ModbusAddress:
    """Which registers of which device; a register holds kW divided by `factor`, `sign` +1 when + charges."""

    host: str
    port: int
    device: int
    register: int
    type: str
    order: str
    factor: float
    sign: int
    watchdog: int
    fallback: int | None
    timeout: int | None
    alive: int | None


class ModbusOutlet:
    """A device that is written to directly."""

    def __init__(self, id: str, address: ModbusAddress, device: Device | None) -> None:
        self._id, self._address, self._device = id, address, device
        self._alive: int | None = None
        self._alive_since = 0

    async def probe(self) -> Answer:
        """Reads the set-point register and writes nothing."""
        return await self._visit(None, renew=False)

    async def send(self, order: Order, *, renew: bool) -> Answer:
        return await self._visit(order, renew=renew)

    async def _visit(self, order: Order | None, *, renew: bool) -> Answer:
        address = self._address
        client = AsyncModbusTcpClient(
            address.host, port=address.port, timeout=PATIENCE, retries=1, reconnect_delay=0
        )
        try:
            if not await client.connect():
                return self._away("no connection")
            if order is None:
                await self._read(client, address.register, self._words(client))
                return Answer(True, Text("응답합니다.", "It answers."))
            return await self._tell(client, order, renew=renew)
        except (OSError, ModbusException, TimeoutError) as error:
            return self._away(str(error))
        finally:
            client.close()

    async def _tell(self, client: AsyncModbusTcpClient, order: Order, *, renew: bool) -> Answer:
        address, device = self._address, self._device
        if not await self._lives(client, order):
            return Answer(
                False,
                Text("장치의 생존 신호가 멈춰 있습니다.", "The device's own heartbeat stands still."),
            )
        if renew and device is not None:
            if address.timeout is not None:
                await self._write(client, address.timeout, [device.lease])
            if address.fallback is not None and device.fallback is not None:
                await self._write(client, address.fallback, self._raw(client, device.fallback))
        words = self._raw(client, order.power)
        await self._write(client, address.register, words)
        kept = await self._read(client, address.register, len(words))
        if kept != words:
            found = self._power(client, kept)
            return Answer(
                False,
                Text(
                    f"장치가 값을 바꾸었습니다: {found:,.1f} kW",
                    f"The device kept another value: {found:,.1f} kW",
                ),
            )
        (count,) = await self._read(client, address.watchdog, 1)
        await self._write(client, address.watchdog, [(count + 1) % WORD])
        return Answer(True, Text("쓰고 다시 읽어 확인했습니다.", "Written and read back."))

    async def _lives(self, client: AsyncModbusTcpClient, order: Order) -> bool:
        """Whether the device's own counter has moved within one lease; True where it has none."""
        if self._address.alive is None:
            return True
        (count,) = await self._read(client, self._address.alive, 1)
        if count != self._alive:
            self._alive, self._alive_since = count, order.made_at
        lease = self._device.lease if self._device is not None else 0
        return order.made_at - self._alive_since <= lease * 1000

    async def _write(self, client: AsyncModbusTcpClient, register: int, words: list[int]) -> None:
        answer = await client.write_registers(register, words, device_id=self._address.device)
        if answer.isError():
            raise ModbusException(f"register {register}: {answer}")

    async def _read(self, client: AsyncModbusTcpClient, register: int, count: int) -> list[int]:
        answer = await client.read_holding_registers(register, count=count, device_id=self._address.device)
        if answer.isError():
            raise ModbusException(f"register {register}: {answer}")
        return list(answer.registers)

    def _words(self, client: AsyncModbusTcpClient) -> int:
        return len(self._raw(client, 0.0))

    def _raw(self, client: AsyncModbusTcpClient, power: float) -> list[int]:
        """Power as registers; a whole number is cut towards rest, so that rounding breaks no limit."""
        value = power * self._address.sign / self._address.factor
        number = (
            value
            if self._address.type.startswith("float")
            else math.trunc(value + math.copysign(1e-9, value))
        )
        datatype = client.DATATYPE[self._address.type.upper()]
        return client.convert_to_registers(number, datatype, word_order=self._address.order)  # type: ignore[arg-type]  # one of two words

    def _power(self, client: AsyncModbusTcpClient, words: list[int]) -> float:
        datatype = client.DATATYPE[self._address.type.upper()]
        raw = client.convert_from_registers(words, datatype, word_order=self._address.order)  # type: ignore[arg-type]  # one of two words
        assert isinstance(raw, int | float)
        return float(raw) * self._address.sign * self._address.factor

    def _away(self, why: str) -> Answer:
        place = f"{self._address.host}:{self._address.port}"
        return Answer(
            False,
            Text(
                f"Modbus 장치 {place}에 쓰지 못했습니다 ({why}).",
                f"The Modbus device {place} did not take it ({why}).",
            ),
        )


def modbus_outlet(id: str, settings: Mapping[str, Any], device: Device | None) -> ModbusOutlet:
    """An outlet from its settings; `InvalidInput` with every finding."""
    form = Form(settings, id)

    def register(name: str) -> int | None:
        return form.whole(name, 0, low=0, high=WORD - 1) if name in settings else None

    address = ModbusAddress(
        form.text("host"),
        form.whole("port", 502, low=1, high=65_535),
        form.whole("device", 1, low=0, high=255),
        form.whole("register", low=0, high=WORD - 1),
        form.text("type", "int16", allowed=TYPES),
        form.text("order", "big", allowed=ORDERS),
        form.number("factor", 1.0, low=1e-6, high=1e6),
        1 if form.text("positive", allowed=SENSES) == "charge" else -1,
        form.whole("watchdog", low=0, high=WORD - 1),
        register("fallback"),
        register("timeout"),
        register("alive"),
    )
    if device is not None and not _holds(address, max(device.limits.charge, device.limits.discharge)):
        small = Text("한도의 출력을 담을 수 없습니다.", "cannot hold the power that the limits allow.")
        form.refuse("type", small, '"int32"')
    form.finish()
    return ModbusOutlet(id, address, device)


def _holds(address: ModbusAddress, power: float) -> bool:
    bits = {"int16": 15, "int32": 31}.get(address.type)
    return bits is None or power / address.factor < 2**bits
