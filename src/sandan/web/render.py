"""Pages from templates.

Each domain's templates live in its own folder and are named `domain/page.html`. A template has
`t("한국어", "English")`, the formats of `web.formats` in the reader's language, and `asset("app.js")`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from sandan.errors import Unavailable
from sandan.web import formats
from sandan.web.session import COOKIE, NOBODY, actor_of, csrf_token, language_of
from sandan.words import Language, Text

ASSETS = Path(str(files("sandan.web").joinpath("assets")))


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place in the main menu; shown to those who may go there."""

    title: Text
    path: str
    permission: Any
    order: int = 50
    key: str = ""
    """The keys that lead there, such as `g c`."""
    under: str = ""
    """The path of the item it is a part of: shown in a second row on the pages of that item."""


def _manifest() -> Mapping[str, str]:
    """The names of the built files; read again when a build under a running server has changed them."""
    path = ASSETS / "manifest.json"
    try:
        return _manifest_of(path.stat().st_mtime_ns)
    except FileNotFoundError:
        raise Unavailable(
            Text(
                "화면 자산이 만들어지지 않았습니다. `make setup`을 실행하십시오.",
                "The front-end assets have not been built. Run `make setup`.",
            )
        ) from None


@lru_cache(maxsize=1)
def _manifest_of(changed: int) -> Mapping[str, str]:
    del changed
    found: Mapping[str, str] = json.loads((ASSETS / "manifest.json").read_text())["files"]
    return found


class Pages:
    """The template environment of one app."""

    def __init__(
        self,
        packages: Mapping[str, str],
        nav: tuple[NavItem, ...],
        *,
        demo: bool,
        complex_name: Callable[[], str],
    ) -> None:
        """`packages` maps a template prefix to the package whose `templates/` folder holds it."""
        web = PackageLoader("sandan.web")
        loaders = {name: PackageLoader(package) for name, package in packages.items()}
        self.environment = Environment(
            loader=ChoiceLoader([PrefixLoader({"web": web, **loaders})]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.nav = tuple(sorted(nav, key=lambda item: item.order))
        self.demo = demo
        self._complex_name = complex_name
        self.environment.globals["asset"] = self.asset
        self.environment.filters["json"] = to_json

    def asset(self, name: str) -> str:
        """The address of a built file, with its content's hash in the name."""
        return f"/assets/{_manifest().get(name, name)}"

    def html(self, request: Request, template: str, now: datetime, context: Mapping[str, Any]) -> str:
        """The text of `template` for whoever asked."""
        language = language_of(request)
        actor = actor_of(request)
        session = request.cookies.get(COOKIE)
        return self.environment.get_template(template).render(
            {
                "request": request,
                "path": request.url.path,
                "theme": "dark" if request.cookies.get("theme") == "dark" else "light",
                "actor": None if actor is NOBODY else actor,
                "csrf": csrf_token(session) if session else "",
                "nav": [item for item in self.nav if actor is not NOBODY and actor.may(item.permission)],
                "demo": self.demo,
                "complex_name": self._complex_name(),
                "now": now,
                "wall": request.query_params.get("wall") == "1",
                "fragment": request.headers.get("hx-request") == "true",
                **in_language(language, now),
                **context,
            }
        )


def in_language(language: Language, now: datetime) -> dict[str, Any]:
    """What a template calls to speak `language`."""

    def t(ko: str | Text, en: str | None = None) -> str:
        if isinstance(ko, Text):
            return ko.in_(language)
        assert en is not None, f"no English for {ko!r}"
        return ko if language == "ko" else en

    def when(at: datetime | None) -> Markup | str:
        if at is None:
            return formats.ABSENT
        text = formats.instant(at, language)
        return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), text)

    def number(value: float | None, digits: int | None = None) -> str:
        return formats.number(value, language, digits)

    def measure(value: float | None, unit: str, digits: int | None = None) -> Markup:
        shown = formats.unit(unit, language)
        if not shown:
            return Markup('<span class="number">{}</span>').format(number(value, digits))
        return Markup('<span class="number">{}</span> <abbr class="unit" title="{}">{}</abbr>').format(
            number(value, digits), formats.unit_name(unit, language), shown
        )

    def day(at: date | None) -> str:
        return formats.day(at, language)

    return {
        "language": language,
        "t": t,
        "when": when,
        "number": number,
        "measure": measure,
        "day": day,
        "unit": partial(formats.unit, language=language),
        "clock_time": formats.clock_time,
        "ago": lambda at: formats.ago(at, now, language),
        "size": lambda size: formats.bytes_(size, language),
    }


def to_json(value: Any) -> Markup:
    """JSON that is safe inside a script element."""
    text = orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode()
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))  # noqa: S704  # escaped here


def page(html: str, status: int = 200) -> HTMLResponse:
    """An HTML answer that no shared cache keeps."""
    return HTMLResponse(html, status, headers={"cache-control": "no-store", "vary": "cookie"})
