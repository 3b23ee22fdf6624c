"""The citizens' site: what was promised, done and spent, how that is known, what changed and why.

Nobody signs in here and nothing depends on who asks: a page is the same for everybody in its language, so
that any cache may keep it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.responses import HTMLResponse, Response

from sandan.domain import Here, Indicator, Visit
from sandan.errors import NotFound, Unavailable
from sandan.programme.engine import wording
from sandan.programme.engine.card import tree
from sandan.programme.model import vocabulary as words
from sandan.programme.model.change import CHANGE_KIND_NAMES
from sandan.programme.model.evidence import How
from sandan.programme.model.plan import Book, Measure, Project
from sandan.programme.model.vocabulary import FactKind, Kind, PledgeState
from sandan.programme.pages.frame import OPEN, open_url
from sandan.programme.pages.restated import restate
from sandan.programme.service import citizen
from sandan.programme.service.citizen import Shelf
from sandan.programme.service.publication import Publication, count_states, named
from sandan.web import PUBLIC, Pages, Routes
from sandan.web.render import in_language
from sandan.words import LANGUAGES, Language, Text

routes = Routes("programme", prefix=OPEN)
CACHE = "public, max-age=300"
PER_PAGE = 50
MOST_FOUND = 100
MOST_SHOWN = 200
"""So many changes of one publication are shown on its page; open data has them all."""
LONGEST_QUERY = 100
DONE = (PledgeState.COMPLETED, PledgeState.CONTINUING)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody reading in a language; `asked` when the address says which, so that links keep it."""

    here: Visit
    language: Language
    asked: bool

    def link(self, path: str, **query: Any) -> str:
        """An address of the site in the language the reader asked for."""
        kept = {name: value for name, value in query.items() if value not in (None, "")}
        if self.asked:
            kept["lang"] = self.language
        return path + ("?" + urlencode(kept) if kept else "")

    def other(self, language: Language) -> str:
        """This very page in a language."""
        query = {**self.here.request.query_params, "lang": language}
        return f"{self.here.request.url.path}?{urlencode(query)}"

    def canonical(self, query: str = "") -> str:
        """This page's one address, where the site is known to be."""
        return _address(self.here) + self.here.request.url.path.removeprefix(OPEN) + query

    def html(self, template: str, **context: Any) -> str:
        """The text of a page; nothing in it comes from a session."""
        pages: Pages = self.here.request.app.state.pages
        return pages.environment.get_template(template).render(
            path=self.here.request.url.path,
            home=OPEN,
            link=self.link,
            asked=self.asked,
            other=self.other,
            open_url=open_url,
            site=self.here.house.complex_name(),
            canonical=self.canonical(),
            demo=pages.demo,
            words=words,
            wording=wording,
            kinds=CHANGE_KIND_NAMES,
            **in_language(self.language, self.here.now),
            **context,
        )


@routes.page("", permission=PUBLIC)
def home(here: Here, q: str = "") -> Response:
    """What this site is, and every plan that was published."""
    text = q.strip()[:LONGEST_QUERY]

    def show(reader: Reader) -> str:
        found = publications(here)
        return reader.html(
            "programme/open_home.html",
            publications=found,
            counts={one.plan.id: _done(one) for one in found},
            text=text,
            results=_search(found, text) if text else None,
            most=MOST_FOUND,
        )

    return answer(here, lambda: citizen.published_heads(here.store), show)


@routes.page("/plans/{plan}", permission=PUBLIC)
def plan_page(plan: str, here: Here, q: str = "", state: str = "", page: str = "") -> Response:
    """A plan as it was published last."""
    return _plan(here, plan, None, q, state, page)


@routes.page("/plans/{plan}/versions/{number}", permission=PUBLIC)
def version_page(
    plan: str, number: str, here: Here, q: str = "", state: str = "", page: str = ""
) -> Response:
    """A plan as an earlier publication had it."""
    return _plan(here, plan, number, q, state, page)


@routes.page("/plans/{plan}/projects/{project}", permission=PUBLIC)
def project_page(plan: str, project: str, here: Here) -> Response:
    """The card of a project."""
    return _project(here, plan, project, None)


@routes.page("/plans/{plan}/versions/{number}/projects/{project}", permission=PUBLIC)
def version_project_page(plan: str, number: str, project: str, here: Here) -> Response:
    """The card of a project as an earlier publication had it."""
    return _project(here, plan, project, number)


def _plan(here: Visit, plan: str, number: str | None, q: str, state: str, page: str) -> Response:
    text = q.strip()[:LONGEST_QUERY]

    def show(reader: Reader) -> str:
        found = citizen.read_publication(
            _shelf(here), here.store, _contributed(here), plan, number_of(number)
        )
        versions = citizen.open_versions(here.store, plan)
        rows = [row for row in _ordered(found) if _wanted(found, row[1], text, state)]
        pages = max(1, -(-len(rows) // PER_PAGE))
        at = min(max(1, int(page)), pages) if page.isdecimal() and len(page) < 7 else 1
        return reader.html(
            "programme/open_plan.html",
            publication=found,
            versions=versions,
            newest=versions[0],
            old=found.version.number != versions[0].number,
            base=_base(plan, number),
            done=_done(found),
            states=count_states(found),
            rows=rows[(at - 1) * PER_PAGE : at * PER_PAGE],
            matching=len(rows),
            at=at,
            pages=pages,
            text=text,
            state=state,
            names=named(found),
            targets=[one for one in found.statements if one.subject == plan and one.kind is Kind.TARGET],
            bases=[one for one in found.statements if one.kind is Kind.BASE],
            ways={how: sum(one is how for one in found.known.values()) for how in How},
            measures=_measures(found),
            changes=restate(found.changed, named(found), {one.id for one in found.projects}),
            most=MOST_SHOWN,
            fact_kinds=FactKind,
        )

    return answer(here, lambda: heads_of(here, plan), show)


def _project(here: Visit, plan: str, project: str, number: str | None) -> Response:
    def show(reader: Reader) -> str:
        found = citizen.read_publication(
            _shelf(here), here.store, _contributed(here), plan, number_of(number)
        )
        card = citizen.read_open_card(here.store, plan, project, found.version.number)
        newest = citizen.open_versions(here.store, plan)[0]
        names = named(found)
        projects = {one.id for one in found.projects}
        return reader.html(
            "programme/open_project.html",
            publication=found,
            open_card=card,
            card=card.card,
            newest=newest,
            old=found.version.number != newest.number,
            base=_base(plan, number),
            changes=[
                (version, said) for version, rows in card.changes if (said := restate(rows, names, projects))
            ],
            Kind=Kind,
        )

    return answer(here, lambda: heads_of(here, plan), show)


def heads_of(here: Visit, plan: str) -> Mapping[str, int]:
    """What a page of one plan depends on; `NotFound` for one that was never published."""
    return {plan: citizen.open_versions(here.store, plan)[0].number}


def answer(
    here: Visit,
    heads: Callable[[], Mapping[str, int]],
    show: Callable[[Reader], str | bytes],
    media_type: str = "text/html; charset=utf-8",
) -> Response:
    """What caches may keep until one of `heads` is published anew, or the page for what is not there."""
    reader = _reader(here)
    try:
        tag = _tag(here, reader.language, heads())
        headers = {"etag": tag, "cache-control": CACHE, "vary": "accept-language"}
        if tag in _known(here.request):
            return Response(status_code=304, headers=headers)
        headers["content-language"] = reader.language
        return Response(show(reader), headers=headers, media_type=media_type)
    except NotFound:
        html = reader.html("programme/open_missing.html")
        return HTMLResponse(html, 404, headers={"cache-control": "no-store", "vary": "accept-language"})


def _tag(here: Visit, language: Language, heads: Mapping[str, int]) -> str:
    """The same while the page is: its address, its language, what is published, and the site's own look."""
    pages: Pages = here.request.app.state.pages
    url = here.request.url
    parts = [
        *(url.path, url.query, language, here.house.complex_name(), str(pages.demo), _settings(here)),
        *(pages.asset("app.css"), _look()),
        *(f"{plan}={number}" for plan, number in sorted(heads.items())),
    ]
    return f'W/"{hashlib.sha256(chr(10).join(parts).encode()).hexdigest()[:24]}"'


def _settings(here: Visit) -> str:
    return repr(sorted(here.house.settings.table("programme").items()))


@cache
def _look() -> str:
    """A mark of the templates, so that a new edition of the site is not taken for the old one."""
    folder = files("sandan.programme").joinpath("templates")
    texts = [
        one.read_bytes()
        for one in sorted(folder.iterdir(), key=lambda one: one.name)
        if one.name.startswith("open_")
    ]
    return hashlib.sha256(b"".join(texts)).hexdigest()


def _known(request: Request) -> set[str]:
    """The tags a browser or a cache says it has; weak, as the same page may come compressed or not."""
    given = request.headers.get("if-none-match", "").split(",")
    return {f'W/"{one.strip().removeprefix("W/").strip(chr(34))}"' for one in given}


def _reader(here: Visit) -> Reader:
    asked = here.request.query_params.get("lang", "")
    for language in LANGUAGES:
        if asked == language:
            return Reader(here, language, True)
    return Reader(here, preferred(here.request.headers.get("accept-language", "")), False)


def preferred(accepted: str) -> Language:
    """The language of ours that an Accept-Language header likes best; Korean when it names neither.

    >>> preferred("en-GB,en;q=0.9,ko;q=0.8"), preferred("ja"), preferred("en;q=0,ko;q=0.1")
    ('en', 'ko', 'ko')
    """
    best: Language = "ko"
    most = 0.0
    for part in accepted[:500].split(","):
        name, _, weight = part.strip().partition(";")
        try:
            liked = float(weight.strip().removeprefix("q=")) if weight else 1.0
        except ValueError:
            liked = 0.0
        for language in LANGUAGES:
            if name.strip().lower().split("-")[0] == language and liked > most:
                best, most = language, liked
    return best


def number_of(number: str | None) -> int | None:
    """The number of a version in an address; `NotFound` for what is no number."""
    if number is None:
        return None
    if not number.isdecimal() or len(number) > 6:
        raise NotFound(Text("공개된 판", "published version"), number)
    return int(number)


def _base(plan: str, number: str | None) -> str:
    """The address the pages of this publication hang under."""
    return open_url(plan, f"versions/{number}" if number else "")


def publications(here: Visit) -> list[Publication]:
    """Every plan as citizens see it, the one published last first."""
    return citizen.read_publications(_shelf(here), here.store, _contributed(here))


def _publication(here: Visit, plan: str, number: str | None) -> Publication:
    return citizen.read_publication(_shelf(here), here.store, _contributed(here), plan, number_of(number))


def _shelf(here: Visit) -> Shelf:
    """The publications this process has worked out; made when the first citizen comes."""
    try:
        return here.house.part(Shelf)
    except Unavailable:
        shelf = Shelf()
        here.house.keep(shelf)
        return shelf


def _contributed(here: Visit) -> list[Indicator]:
    return [one for domain in here.house.domains for one in domain.indicators]


def _address(here: Visit) -> str:
    """Where the site is on the net, from the settings: what a request says of its host is anybody's word."""
    given = str(here.house.settings.table("programme").get("address", ""))
    return given.rstrip("/") if given.startswith(("https://", "http://")) else OPEN


def _done(publication: Publication) -> int:
    states = count_states(publication)
    return sum(states[one] for one in DONE)


def _ordered(publication: Publication) -> list[tuple[int, Project]]:
    return tree(Book(plan=publication.plan, version=publication.version, projects=publication.projects))


def _wanted(publication: Publication, project: Project, text: str, state: str) -> bool:
    if state:
        found = publication.states.get(project.id)
        if found is None or found.state.value != state:
            return False
    return not text or _matches(text, project.title, project.code, project.owner)


def _matches(text: str, *fields: str) -> bool:
    return any(text.casefold() in field.casefold() for field in fields)


def _search(publications: list[Publication], text: str) -> list[tuple[Publication, Project | None]]:
    """Plans, then projects, whose name, number, region or department has the text in it."""
    plans: list[tuple[Publication, Project | None]] = [
        (one, None) for one in publications if _matches(text, one.plan.title, one.plan.owner, one.plan.region)
    ]
    projects: list[tuple[Publication, Project | None]] = [
        (one, project)
        for one in publications
        for project in one.projects
        if _matches(text, project.title, project.code, project.owner)
    ]
    return [*plans, *projects][: MOST_FOUND + 1]


def _measures(publication: Publication) -> list[Measure]:
    """Measures of the plan and its complexes, and those of projects that Sandan computes."""
    inner = {one.id for one in publication.projects}
    return [one for one in publication.measures if one.subject not in inner or one.id in publication.shown][
        :MOST_SHOWN
    ]
