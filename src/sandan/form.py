"""Reading the settings of a connection: every finding at once, secrets only from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from sandan.errors import Finding, InvalidInput
from sandan.words import Text

OWN = "SANDAN_"
"""How the variables of Sandan's own secrets begin: who may set up a connection may not read them by it."""


class Form:
    """A table of settings being read; `finish` raises what was found wrong."""

    def __init__(self, settings: Mapping[str, Any], where: str) -> None:
        self._settings, self._where = settings, where
        self._read: set[str] = set()
        self._findings: list[Finding] = []

    def text(self, name: str, default: str | None = None, *, allowed: tuple[str, ...] = ()) -> str:
        """A text; required when there is no default."""
        value = self._take(name, default)
        if value is None or not isinstance(value, str) or (not value and default is None):
            self._wrong(name, Text("글을 적어야 합니다.", "needs a text."), default or "…")
            return ""
        if allowed and value not in allowed:
            self._wrong(
                name, Text(f"{allowed} 중 하나여야 합니다.", f"must be one of {allowed}."), allowed[0]
            )
        return value

    def number(self, name: str, default: float | None = None, *, low: float, high: float) -> float:
        """A number between `low` and `high`."""
        value = self._take(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            remedy = f"{low:g} … {high:g}"
            self._wrong(
                name,
                Text(f"{remedy} 사이의 수여야 합니다.", f"must be a number in {remedy}."),
                str(default or low),
            )
            return low
        return float(value)

    def whole(self, name: str, default: int | None = None, *, low: int, high: int) -> int:
        """A whole number between `low` and `high`."""
        value = self.number(name, default, low=low, high=high)
        if value != int(value):
            self._wrong(name, Text("정수여야 합니다.", "must be a whole number."), str(int(value)))
        return int(value)

    def flag(self, name: str, default: bool = False) -> bool:
        value = self._take(name, default)
        if not isinstance(value, bool):
            self._wrong(name, Text("true 또는 false여야 합니다.", "must be true or false."), "false")
            return default
        return value

    def words(self, name: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts; at least one when there is no default."""
        value = self._take(name, default)
        if (
            not isinstance(value, list | tuple)
            or not all(isinstance(v, str) for v in value)
            or (not value and default is None)
        ):
            self._wrong(name, Text("글의 목록이어야 합니다.", "must be a list of texts."), '["…"]')
            return ()
        return tuple(value)

    def tables(self, name: str) -> list[Form]:
        """A list of tables, at least one."""
        value = self._take(name, None)
        if not isinstance(value, list) or not value or not all(isinstance(v, Mapping) for v in value):
            self._wrong(
                name, Text("하나 이상의 표가 필요합니다.", "needs one table at least."), f"[[{name}]]"
            )
            return []
        forms = [Form(v, f"{self._where}.{name}[{i}]") for i, v in enumerate(value)]
        for form in forms:
            form._findings = self._findings
        return forms

    def secret(self, name: str) -> str | None:
        """A secret, from the environment variable that `<name>_env` names."""
        variable = self._take(f"{name}_env", None)
        if name in self._settings:
            self._read.add(name)
            self._wrong(
                name,
                Text("비밀은 설정에 둘 수 없습니다.", "secrets may not be kept in settings."),
                f'{name}_env = "…"',
            )
        if variable is None:
            return None
        if str(variable).upper().startswith(OWN):
            self._wrong(
                f"{name}_env",
                Text(
                    f"{variable}은(는) 산단 자신의 비밀이라 밖으로 보낼 수 없습니다.",
                    f"{variable} is a secret of Sandan's own and is sent to nobody.",
                ),
                'password_env = "PLANT_MQTT"',
            )
            return None
        value = os.environ.get(str(variable))
        if value is None:
            self._wrong(
                f"{name}_env",
                Text(f"환경 변수 {variable}이(가) 없습니다.", f"the variable {variable} is not set."),
                f"export {variable}=…",
            )
        return value

    def refuse(self, name: str, problem: Text, example: str) -> None:
        """Say that what was read under `name` will not do."""
        self._wrong(name, problem, example)

    def close(self) -> None:
        """Name settings that nobody knows."""
        for name in self._settings:
            if name not in self._read:
                known = ", ".join(sorted(self._read))
                self._findings.append(
                    Finding(
                        f"{self._where}.{name}",
                        Text("알 수 없는 설정입니다.", "is not a known setting."),
                        Text(f"쓸 수 있는 설정: {known}", f"known settings: {known}"),
                    )
                )

    def finish(self) -> None:
        """Raise `InvalidInput` with all findings, if there are any."""
        self.close()
        if self._findings:
            raise InvalidInput(self._findings)

    def _take(self, name: str, default: object) -> object:
        self._read.add(name)
        return self._settings.get(name, default)

    def _wrong(self, name: str, problem: Text, example: str) -> None:
        remedy = Text(f"예: {name} = {example}", f"for example {name} = {example}")
        self._findings.append(Finding(f"{self._where}.{name}", problem, remedy))
