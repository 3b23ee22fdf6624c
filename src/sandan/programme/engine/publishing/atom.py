"""What changed, as an Atom feed (RFC 4287): an entry for each published version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from lxml import etree

from sandan.programme.engine.publishing.legible import legible
from sandan.programme.model.change import CHANGE_KIND_NAMES
from sandan.programme.model.plan import Plan, Version
from sandan.words import Language, Text

_ATOM = "http://www.w3.org/2005/Atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NO_ENTRIES = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Published:
    """A version that citizens can see, and the absolute address of its page, which is its id."""

    plan: Plan
    version: Version
    address: str


def changes_atom(
    published: Sequence[Published],
    *,
    address: str,
    page: str,
    title: Text,
    author: str,
    language: Language = "ko",
) -> bytes:
    """The feed at `address` (its id), of the page `page`: what was published, newest first."""
    shown = [one for one in published if one.version.published_at is not None]
    shown.sort(key=lambda one: (one.version.published_at or _NO_ENTRIES, one.address), reverse=True)
    feed = etree.Element(f"{{{_ATOM}}}feed", {_LANG: language}, nsmap={None: _ATOM})
    _put(feed, "id", address)
    _put(feed, "title", title.in_(language))
    _put(feed, "updated", _instant(shown[0].version.published_at if shown else None))
    _put(feed, "link", "", rel="self", type="application/atom+xml", href=address)
    _put(feed, "link", "", rel="alternate", type="text/html", href=page)
    _put(_put(feed, "author"), "name", author)
    for one in shown:
        feed.append(_entry(one, language))
    found = etree.tostring(feed, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    assert isinstance(found, bytes)
    return found


def _entry(one: Published, language: Language) -> etree._Element:
    version = one.version
    kind = CHANGE_KIND_NAMES[version.kind].in_(language)
    said = Text(f"{version.number}판", f"version {version.number}").in_(language)
    entry = etree.Element(f"{{{_ATOM}}}entry")
    _put(entry, "id", one.address)
    _put(entry, "title", f"{one.plan.title} · {said} · {kind}")
    _put(entry, "updated", _instant(version.published_at))
    _put(entry, "published", _instant(version.published_at))
    _put(entry, "link", "", rel="alternate", type="text/html", href=one.address)
    _put(entry, "summary", version.reason or kind)
    return entry


def _put(parent: etree._Element, name: str, text: str = "", **attributes: str) -> etree._Element:
    found = etree.SubElement(parent, f"{{{_ATOM}}}{name}", dict(attributes))
    if text:
        found.text = legible(text)
    return found


def _instant(at: datetime | None) -> str:
    return (at or _NO_ENTRIES).astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
