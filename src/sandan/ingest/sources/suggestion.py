"""A first mapping for a file nobody has described yet, guessed from its headers.

Only a proposal, as text to be read and mended: what a column means is for a person to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from sandan.twin.tables import quantities
from sandan.units import SYNONYMS, units

_TIME = re.compile(r"time|date|일시|시각|시간|stamp|datetime", re.IGNORECASE)
_ADDRESS = re.compile(r"^(tag|point|address|name|meter|계량기|태그|측정점|주소)", re.IGNORECASE)
_VALUE = re.compile(r"^(value|val|reading|값|측정값|사용량)$", re.IGNORECASE)
_WORDS = (
    ("reactive_energy_lagging", r"lagg?ing.*(reactive|kvarh)|지상.*무효"),
    ("reactive_energy_leading", r"leading.*(reactive|kvarh)|진상.*무효"),
    ("power_factor_lagging", r"(lagg?ing.*)?power.?factor|지상.*역률|^역률"),
    ("emitted_co2", r"co2|탄소|온실가스"),
    ("generation_energy", r"(pv|solar|generation|발전).*(kwh|mwh)"),
    ("generation_power", r"(pv|solar|generation|발전).*(kw|mw)"),
    ("active_energy", r"kwh|mwh|usage|전력사용량|전력량|유효전력량"),
    ("active_power", r"\b(kw|mw|w)\b|active.?power|유효전력|load"),
    ("gas_consumption", r"gas|가스"),
    ("pm25", r"pm ?2\.?5|초미세"),
    ("pm10", r"pm ?10|미세먼지"),
    ("air_temperature", r"temp|온도|기온"),
    ("relative_humidity", r"humid|습도"),
    ("wind_speed", r"wind.?speed|풍속"),
    ("wind_direction", r"wind.?dir|풍향"),
    ("irradiance", r"irradiance|ghi|일사"),
)


def suggest(headers: Sequence[str], sample: pa.Table) -> str:
    """A mapping file for these headers; `sample` is the first rows, to tell numbers from words."""
    times = [h for h in headers if pa.types.is_timestamp(sample[h].type)] or [
        h for h in headers if _TIME.search(h)
    ]
    time = times[0] if times else headers[0]
    numeric = [h for h in headers if h not in times and _is_numeric(sample[h])]
    lines = [
        "# 제안입니다. 열의 뜻과 시간대, 시각이 구간의 시작인지 끝인지 확인하십시오.",
        "# A proposal. Check what each column means, the zone, and whether times open or close an interval.",
        'interval = "15min"',
        "",
        "[time]",
        f"column = {_quoted(time)}",
        'zone = "Asia/Seoul"',
        'stamp = "start"',
    ]
    format = _format(sample[time])
    if format:
        lines.append(f"format = {_quoted(format)}")
    addresses = [h for h in headers if _ADDRESS.search(h) and h not in numeric]
    values = [h for h in numeric if _VALUE.search(h)]
    if addresses and values:
        return "\n".join(
            [*lines, "", "[long]", f"address = {_quoted(addresses[0])}", f"value = {_quoted(values[0])}", ""]
        )
    for header in numeric:
        quantity = _quantity(header)
        if quantity is not None:
            symbol = _unit(header) or quantities()[quantity].unit
            lines += [
                "",
                f"[columns.{_quoted(header)}]",
                f'quantity = "{quantity}"',
                f"unit = {_quoted(symbol)}",
            ]
        else:
            lines += ["", f"# [columns.{_quoted(header)}]", '# quantity = ""']
    return "\n".join([*lines, ""])


def _is_numeric(column: pa.ChunkedArray) -> bool:
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return bool(pa.types.is_integer(column.type) or pa.types.is_floating(column.type))
    said = [text for text in column.drop_null().to_pylist()[:100] if text.strip()]
    return bool(said) and all(re.fullmatch(r"\s*[-+]?[\d,]*\.?\d+([eE][-+]?\d+)?\s*", text) for text in said)


def _format(column: pa.ChunkedArray) -> str:
    """The `strptime` format of times that are not ISO 8601; day first where a day above 12 shows it."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return ""
    said = [text for text in column.drop_null().to_pylist() if text]
    for separator in "/.-":
        found = [
            re.match(rf"(\d+)\{separator}\s*(\d+)\{separator}\s*(\d+)\s+\d+:\d+(:\d+)?$", text)
            for text in said[:1000]
        ]
        parts = [match for match in found if match]
        if not parts or len(parts) < len(found):
            continue
        clock = "%H:%M:%S" if parts[0][4] else "%H:%M"
        if len(parts[0][1]) == 4:
            return f"%Y{separator}%m{separator}%d {clock}"
        month_first = any(int(match[2]) > 12 for match in parts)
        date = ("%m", "%d") if month_first else ("%d", "%m")
        return f"{date[0]}{separator}{date[1]}{separator}%Y {clock}"
    return ""


def _quantity(header: str) -> str | None:
    said = header.replace("_", " ")
    return next((quantity for quantity, words in _WORDS if re.search(words, said, re.IGNORECASE)), None)


def _unit(header: str) -> str | None:
    """The unit written in a header, as in `Usage_kWh` or `전력(kW)`."""
    for part in reversed(re.split(r"[\s_()\[\]]+", header)):
        symbol = SYNONYMS.get(part) or SYNONYMS.get(part.lower()) or part
        if part and symbol in units() and symbol != "1":
            return symbol
    return None


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
