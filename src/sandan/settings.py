"""Settings: `sandan.toml`, every one overridable by the environment.

`[web] port` is `SANDAN_WEB_PORT`. Secrets are read from the environment only and never written:
a secret found in the file is refused. A domain reads its own table through `Settings.table(name)`.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from sandan.errors import Finding, InvalidInput
from sandan.words import Text

T = TypeVar("T")
SECRET_WORDS = ("password", "secret", "token", "key")


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where things are remembered."""

    registry: str = "sqlite:///data/registry.db"
    historian: str = "chdb:///data/historian"
    keep_months: int = 0
    """Raw samples of what happened are forgotten after this many months; 0 keeps them for good."""
    keep_forecast_months: int = 0
    """The same for forecasts and schedules."""
    leave_hours: bool = True
    """Of forgotten months the hours stay, so that a day, a month or a year still adds up."""
    read_rows: int = 5_000_000
    """The most rows one read may bring; a larger one is told to narrow or to roll up."""
    read_memory_mb: int = 1024


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How the pages are served."""

    host: str = "127.0.0.1"
    port: int = 8000
    https: bool = False
    """Behind a TLS proxy: cookies are `Secure` and HSTS is sent."""
    max_body_mb: int = 64
    session_hours: int = 12


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything `sandan.toml` may say; `rest` holds the tables of the domains."""

    folder: Path = Path()
    demo: bool = False
    store: StoreSettings = StoreSettings()
    web: WebSettings = WebSettings()
    rest: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    environment: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    def table(self, name: str) -> Mapping[str, Any]:
        """A domain's own table; `SANDAN_<NAME>_<KEY>` wins over the file."""
        given: Mapping[str, Any] = self.rest.get(name, {})
        prefix = f"SANDAN_{name.upper()}_"
        overrides = {
            key.removeprefix(prefix).lower(): _read(value)
            for key, value in self.environment.items()
            if key.startswith(prefix) and not key.lower().endswith(SECRET_WORDS)
        }
        return {**given, **overrides}


def _read(text: str) -> object:
    """A variable's value as TOML would read it, or as the text it is."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _coerce(section: str, name: str, value: object, type_: object, findings: list[Finding]) -> object:
    where = f"[{section}] {name}"
    try:
        if type_ in (bool, "bool"):
            if isinstance(value, bool):
                return value
            return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[
                str(value).lower()
            ]
        if type_ in (int, "int"):
            return int(str(value))
        return str(value)
    except (KeyError, ValueError):
        findings.append(
            Finding(
                where,
                Text(f"'{value}'은(는) 쓸 수 없는 값입니다.", f"'{value}' is not a usable value."),
                Text(f"{type_} 형식으로 적으십시오.", f"write it as {type_}."),
            )
        )
        return None


def _section(
    cls: type[T],
    section: str,
    given: Mapping[str, object],
    env: Mapping[str, str],
    findings: list[Finding],
) -> T:
    known = {f.name: f for f in fields(cls)}  # type: ignore[arg-type]  # T is a dataclass
    for name in given:
        if name not in known:
            findings.append(
                Finding(
                    f"[{section}] {name}",
                    Text("알 수 없는 설정입니다.", "is not a known setting."),
                    Text(f"쓸 수 있는 설정: {', '.join(known)}", f"known settings: {', '.join(known)}"),
                )
            )
    values: dict[str, object] = {}
    for name, f in known.items():
        override = env.get(f"SANDAN_{section.upper()}_{name.upper()}")
        raw = override if override is not None else given.get(name)
        if raw is not None:
            values[name] = _coerce(section, name, raw, f.type, findings)
    return cls(**values) if not findings else cls()


def _secrets(table: Mapping[str, object], where: str, findings: list[Finding]) -> None:
    for name, value in table.items():
        if isinstance(value, Mapping):
            _secrets(value, f"{where}.{name}" if where else name, findings)
        elif any(name.lower().endswith(word) for word in SECRET_WORDS):
            findings.append(
                Finding(
                    f"[{where}] {name}",
                    Text(
                        "비밀은 설정 파일에 둘 수 없습니다.", "secrets may not be kept in the settings file."
                    ),
                    Text("환경 변수로 옮기십시오.", "move it to an environment variable."),
                )
            )


def load_settings(path: Path | None, env: Mapping[str, str] | None = None) -> Settings:
    """Read `path` (defaults apply when it is absent) and the environment; every finding at once."""
    env = os.environ if env is None else env
    given: dict[str, Any] = {}
    folder = Path.cwd() if path is None else path.resolve().parent
    if path is not None and path.exists():
        try:
            given = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise InvalidInput.because(
                str(path),
                Text(f"TOML 문법 오류: {error}", f"TOML syntax error: {error}"),
                Text("해당 줄을 고치십시오.", "mend that line."),
            ) from error
    findings: list[Finding] = []
    _secrets(given, "", findings)
    store = _section(StoreSettings, "store", given.pop("store", {}), env, findings)
    web = _section(WebSettings, "web", given.pop("web", {}), env, findings)
    if findings:
        raise InvalidInput(findings)
    return Settings(folder, False, store, web, MappingProxyType(given), MappingProxyType(dict(env)))
