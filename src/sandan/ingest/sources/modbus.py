"""Readings by Modbus TCP: registers polled on the beat of the clock, each stamped with its beat.

A device that refuses one register does not hold up the others: that address is reported silent.

    host = "10.0.0.5"    port = 502    device = 1    every = 60
    [[registers]]        register = 0    table = "holding"    type = "float32"    order = "big"
                         address = "meter1.power"    unit = "kW"    factor = 0.1
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from pymodbus import ModbusException
from pymodbus.client import AsyncModbusTcpClient

from sandan.clock import Clock
from sandan.errors import Unavailable
from sandan.form import Form
from sandan.ingest.model import Delivery
from sandan.ingest.sources.payload import Columns
from sandan.words import Text

PATIENCE = 3.0
MOST = 120
"""Registers in one request; the protocol allows 125."""
TABLES = ("holding", "input", "coil", "discrete")
TYPES = ("int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64")


@dataclass(frozen=True, slots=True)
class Register:
    """One value on the device; `order` says which of its words comes first."""

    register: int
    address: str
    table: str = "holding"
    type: str = "uint16"
    order: Literal["big", "little"] = "big"
    unit: str | None = None
    factor: float = 1.0

    @property
    def words(self) -> int:
        """How many registers it takes; a coil is one bit."""
        return 1 if self.table in ("coil", "discrete") else int(self.type.lstrip("uintfloa")) // 16


@dataclass(frozen=True, slots=True)
class ModbusParams:
    """Which device, which registers, how often [s]."""

    host: str
    port: int
    device: int
    every: float
    registers: tuple[Register, ...]


class ModbusSource:
    """Polls one device."""

    def __init__(self, id: str, params: ModbusParams, clock: Clock) -> None:
        self.id = id
        self._params, self._clock = params, clock
        self._blocks = blocks(params.registers)

    async def deliveries(self) -> AsyncIterator[Delivery]:
        """A delivery at every beat, while the device answers."""
        params = self._params
        client = AsyncModbusTcpClient(
            params.host, port=params.port, timeout=PATIENCE, retries=1, reconnect_delay=0
        )
        try:
            if not await client.connect():
                raise self._away("no connection")
            while True:
                now = self._clock.now()
                wait = params.every - now.timestamp() % params.every
                await asyncio.sleep(wait)
                beat = round((now + timedelta(seconds=wait)).timestamp() / params.every) * params.every
                yield await self._poll(client, round(beat * 1000))
        except (OSError, ModbusException, TimeoutError) as error:
            raise self._away(str(error)) from error
        finally:
            client.close()

    async def close(self) -> None:
        return None

    async def _poll(self, client: AsyncModbusTcpClient, beat: int) -> Delivery:
        columns, silent = Columns(), []
        for block in self._blocks:
            parts = [(block, await self._read(client, block))]
            if parts[0][1] is None and len(block) > 1:
                # one of them is refused; alone, the others are read
                alone: list[tuple[Register, ...]] = [(register,) for register in block]
                parts = [(one, await self._read(client, one)) for one in alone]
            for registers, found in parts:
                for register in registers:
                    if found is None:
                        silent.append(register.address)
                        continue
                    offset = register.register - registers[0].register
                    value = _value(client, register, found[offset : offset + register.words])
                    columns.add(register.address, beat, value * register.factor, register.unit)
        return Delivery(columns.table(), self._clock.now(), silent=tuple(silent), gaps=len(silent))

    async def _read(self, client: AsyncModbusTcpClient, block: tuple[Register, ...]) -> list[Any] | None:
        first, last = block[0], block[-1]
        count = last.register + last.words - first.register
        read = {
            "holding": client.read_holding_registers,
            "input": client.read_input_registers,
            "coil": client.read_coils,
            "discrete": client.read_discrete_inputs,
        }[first.table]
        answer = await read(first.register, count=count, device_id=self._params.device)
        if answer.isError():
            return None
        return list(answer.bits[:count] if first.table in ("coil", "discrete") else answer.registers)

    def _away(self, why: str) -> Unavailable:
        place = f"{self._params.host}:{self._params.port}"
        return Unavailable(
            Text(
                f"Modbus 장치 {place}이(가) 응답하지 않습니다 ({why}). 전원과 네트워크를 확인하십시오.",
                f"the Modbus device {place} does not answer ({why}). Check power and network.",
            )
        )


def blocks(registers: tuple[Register, ...]) -> list[tuple[Register, ...]]:
    """Registers that follow one another, read in one request."""
    found: list[list[Register]] = []
    for register in sorted(registers, key=lambda r: (r.table, r.register)):
        if found:
            first, last = found[-1][0], found[-1][-1]
            follows = last.table == register.table and register.register == last.register + last.words
            if follows and register.register + register.words - first.register <= MOST:
                found[-1].append(register)
                continue
        found.append([register])
    return [tuple(block) for block in found]


def modbus_source(id: str, settings: Mapping[str, Any], clock: Clock) -> ModbusSource:
    """A source from its settings; `InvalidInput` with every finding."""
    form = Form(settings, id)
    registers = []
    for table in form.tables("registers"):
        order: Literal["big", "little"] = "big"
        if table.text("order", "big", allowed=("big", "little")) == "little":
            order = "little"
        registers.append(
            Register(
                table.whole("register", low=0, high=65_535),
                table.text("address"),
                table.text("table", "holding", allowed=TABLES),
                table.text("type", "uint16", allowed=TYPES),
                order,
                table.text("unit", "") or None,
                table.number("factor", 1.0, low=-1e12, high=1e12),
            )
        )
        table.close()
    params = ModbusParams(
        form.text("host"),
        form.whole("port", 502, low=1, high=65_535),
        form.whole("device", 1, low=0, high=255),
        form.number("every", 60, low=0.1, high=86_400),
        tuple(registers),
    )
    form.finish()
    return ModbusSource(id, params, clock)


def _value(client: AsyncModbusTcpClient, register: Register, words: list[Any]) -> float:
    if register.table in ("coil", "discrete"):
        return float(words[0])
    datatype = client.DATATYPE[register.type.upper()]
    return float(client.convert_from_registers(words, datatype, word_order=register.order))  # type: ignore[arg-type]  # one number
