"""The words of a notice: placeholders, firms' names kept from one another, lengths as gateways count them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from string import Template as Filler

from sandan.clock import SEOUL
from sandan.control.engine.notices.selection import voice
from sandan.control.model.contacts import Circle, Contact
from sandan.control.model.incidents.procedures import levels
from sandan.control.model.notices import (
    PHASE_NAMES,
    Draft,
    Limits,
    Phase,
    Request,
    Subject,
    Template,
    Words,
)
from sandan.errors import Finding, InvalidInput
from sandan.words import Language, Text

LINK = "\ue000"
"""Stands in a draft where the notice's own address will be; no keyboard types it."""
MASK = "○○"
LONGEST_TITLE = 120
LONGEST_TEXT = 1_000
LONGEST_NOTE = 500
DRILL: Text = Text("[훈련·DRILL] ", "[DRILL·훈련] ")
"""Before title and text of a drill, in both languages: whoever reads it over a shoulder may read either."""

FOR_ALL: Mapping[str, Text] = {
    "complex": Text("단지 이름", "the complex"),
    "kind": Text("사고 종류", "kind of incident"),
    "level": Text("단계", "level"),
    "phase": Text("전파 구분", "what the message is for"),
    "place": Text("장소", "place"),
    "at": Text("발생(인지) 시각", "when it was detected"),
    "note": Text("담당자가 덧붙인 말", "what the operator adds"),
    "link": Text("확인 화면 주소", "the address to answer at"),
}
PLACEHOLDERS: Mapping[Circle, Mapping[str, Text]] = {
    Circle.AUTHORITY: {
        **FOR_ALL,
        "id": Text("사건 번호", "number of the incident"),
        "title": Text("사건 제목", "title of the incident"),
        "firms": Text("관련 기업", "firms concerned"),
    },
    Circle.FIRM: {
        **FOR_ALL,
        "id": Text("사건 번호", "number of the incident"),
        "title": Text("사건 제목", "title of the incident"),
        "firm": Text("받는 기업", "the firm told"),
    },
    Circle.PUBLIC: FOR_ALL,
}
"""What a text for each circle may say; nothing else is filled in."""

_LEGAL_FORM = re.compile(
    r"주식회사|유한회사|유한책임회사|농업회사법인|㈜|\((?:주|유|합|재|사)\)|,?\s*(?:Co\.?,?\s*Ltd\.?|Inc\.?|Corp\.?|LLC)",
    re.IGNORECASE,
)


def check_template(template: Template) -> list[Finding]:
    """What is wrong with a template: unknown or broken placeholders, empty or endless texts."""
    allowed = PLACEHOLDERS[template.circle]
    found: list[Finding] = []
    for language, words in (("ko", template.ko), ("en", template.en)):
        for name, text, most in (("title", words.title, LONGEST_TITLE), ("text", words.text, LONGEST_TEXT)):
            where = f"{name}_{language}"
            if not text.strip() or len(text) > most:
                found.append(
                    Finding(
                        where,
                        Text(f"비었거나 {most}자를 넘습니다.", f"is empty or longer than {most} characters."),
                        Text("한두 문장으로 적으십시오.", "write a sentence or two."),
                    )
                )
            found += _placeholder_faults(where, text, allowed)
    return found


def _placeholder_faults(where: str, text: str, allowed: Mapping[str, Text]) -> list[Finding]:
    faults = []
    for match in Filler.pattern.finditer(text):
        name = match["named"] or match["braced"]
        if match["escaped"] is not None or name in allowed:
            continue
        shown = f"${name}" if name else "$"
        faults.append(
            Finding(
                where,
                Text(f"'{shown}'은(는) 여기에 쓸 수 없습니다.", f"'{shown}' may not be used here."),
                Text(
                    f"쓸 수 있는 것: {', '.join('$' + one for one in allowed)}. '$' 자체는 '$$'로 적습니다.",
                    f"use {', '.join('$' + one for one in allowed)}; write '$$' for the sign itself.",
                ),
            )
        )
    return faults


def choose(templates: Iterable[Template], kind: str, phase: Phase, circle: Circle) -> Template | None:
    """The template for this kind, else the one for every kind; of versions the newest."""
    fitting = [t for t in templates if t.phase is phase and t.circle is circle and t.kind in (kind, "*")]
    return max(fitting, key=lambda t: (t.kind == kind, t.version), default=None)


@dataclass(frozen=True, slots=True)
class Places:
    """Names that texts need: of the complex, and of every firm by its id."""

    complex: str
    firms: Mapping[str, str]


def draft(
    contact: Contact, subject: Subject, request: Request, templates: Iterable[Template], places: Places
) -> Draft:
    """What one contact would read. Raises `InvalidInput` when it may not be told, or has no words.

    A firm and the public read no firm's name but their own and those that agreed to be named.
    """
    circle = voice(contact, subject, request.phase)
    if circle is None:
        raise InvalidInput([_not_concerned(contact)])
    template = choose(templates, subject.kind, request.phase, circle)
    if template is None:
        raise InvalidInput([_no_words(request.phase, circle)])
    words = fill(template, contact, subject, request, places)
    return Draft(
        contact=contact.id,
        organisation=contact.organisation,
        post=contact.post,
        circle=circle,
        tenant=contact.tenant,
        language=contact.language,
        title=words.title,
        text=words.text,
        template=f"{template.key}:{template.version}",
    )


def fill(template: Template, contact: Contact, subject: Subject, request: Request, places: Places) -> Words:
    """A text with its values, in a contact's language, with no name that its circle does not read.

    Raises `InvalidInput` for a placeholder that is none.
    """
    words = template.in_(contact.language)
    values = _values(contact, subject, request, template.circle, places)
    title, text = (Filler(part).substitute(_used(part, values)).strip() for part in (words.title, words.text))
    if template.circle is not Circle.AUTHORITY:
        hide = _hider(contact, subject, places)
        title, text = hide(title), hide(text)
    mark = DRILL.in_(contact.language) if subject.drill else ""
    if LINK not in text:
        text = f"{text}\n{LINK}"
    return Words(mark + title.replace(LINK, ""), mark + text)


def _tidied(text: str) -> str:
    """Without the gaps that an empty value leaves."""
    lines = [line.strip() for line in re.sub(" +", " ", text).splitlines()]
    return "\n".join(line for line in lines if line)


def _used(part: str, values: Mapping[str, str]) -> dict[str, str]:
    faults = _placeholder_faults("text", part, dict.fromkeys(values, FOR_ALL["note"]))
    if faults:
        raise InvalidInput(faults)
    return dict(values)


def _values(
    contact: Contact, subject: Subject, request: Request, circle: Circle, places: Places
) -> dict[str, str]:
    language = contact.language
    known = {
        "complex": places.complex,
        "kind": subject.kind_name.in_(language),
        "level": levels()[request.level].name.in_(language) if request.level in levels() else "",
        "phase": PHASE_NAMES[request.phase].in_(language),
        "place": subject.place,
        "at": moment(subject.detected, language),
        "note": request.note.strip(),
        "id": subject.id,
        "title": subject.title,
        "firms": ", ".join(sorted(places.firms.get(one, one) for one in subject.tenants)) or "–",
        "firm": places.firms.get(contact.tenant or "", contact.organisation),
    }
    said = {name: known[name].replace(LINK, "") for name in PLACEHOLDERS[circle] if name != "link"}
    return {**said, "link": LINK}


def moment(at: datetime, language: Language) -> str:
    """`11. 21. 14:05` or `21 Nov 14:05`, in Seoul."""
    here = at.astimezone(SEOUL)
    return f"{here.month}. {here.day}. {here:%H:%M}" if language == "ko" else f"{here.day} {here:%b %H:%M}"


def _hider(contact: Contact, subject: Subject, places: Places) -> Callable[[str], str]:
    mine = subject.named | {contact.tenant or ""}
    kept = {places.firms[one] for one in mine if one in places.firms}
    everybody = tuple(places.firms.items())

    def hide(text: str) -> str:
        said = _said_in(text, everybody)
        return hide_names(text, [name for id, name in said if id not in mine], kept)

    return hide


@lru_cache(maxsize=1_024)
def _said_in(text: str, firms: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """The firms a text names; a warning says the same to a thousand readers, and is searched once."""
    flat = _squeezed(unicodedata.normalize("NFC", text))[0]
    return tuple((id, name) for id, name in firms if _spans(flat, name))


def core(name: str) -> str:
    """A firm's name without its legal form, so that '㈜가나화학' is found in '가나화학 2공장'."""
    bare = _LEGAL_FORM.sub("", name).strip()
    return bare if len(_squeezed(bare)[0]) >= 2 else name.strip()


def hide_names(text: str, others: Iterable[str], kept: Iterable[str] = ()) -> str:
    """`text` with every name of `others` masked, however it is spaced or cased.

    A name inside one of `kept` stays ('대한' in the reader's own '대한화학'); a name of one letter only
    cannot be told from ordinary words and is left.
    """
    text = unicodedata.normalize("NFC", text)
    flat, origin = _squeezed(text)
    spared = [span for name in kept for span in _spans(flat, name)]
    masked: set[int] = set()
    for name in others:
        for start, end in _spans(flat, name):
            if not any(a <= start and end <= b for a, b in spared):
                masked.update(range(origin[start], origin[end - 1] + 1))
    if not masked:
        return text
    return "".join(
        "" if i in masked and i - 1 in masked else MASK if i in masked else letter
        for i, letter in enumerate(text)
    )


def _squeezed(text: str) -> tuple[str, list[int]]:
    """The text without spaces in lower case, and where each of its letters stood."""
    kept = [(low, i) for i, letter in enumerate(text) if not letter.isspace() for low in letter.lower()]
    return "".join(low for low, _ in kept), [i for _, i in kept]


@lru_cache(maxsize=65_536)
def _wanted(name: str) -> str:
    return _squeezed(unicodedata.normalize("NFC", core(name)))[0]


def _spans(flat: str, name: str) -> list[tuple[int, int]]:
    wanted = _wanted(name)
    if len(wanted) < 2 or wanted not in flat:
        return []
    return [(m.start(), m.start() + len(wanted)) for m in re.finditer(f"(?={re.escape(wanted)})", flat)]


@dataclass(frozen=True, slots=True)
class Length:
    """How long a text is for a gateway: bytes of EUC-KR, what it is sent as, and letters it cannot carry."""

    bytes: int
    form: str
    unknown: str


def length(text: str, limits: Limits) -> Length:
    """How a Korean gateway counts: a Hangul syllable is two bytes; past the SMS bound it is an LMS.

    90 and 2,000 bytes are what the gateways' own documentation states; other carriers, other settings.
    """
    unknown = "".join(dict.fromkeys(letter for letter in text if not _carried(letter)))
    size = sum(2 if not _carried(letter) else len(letter.encode("euc_kr")) for letter in text)
    form = "SMS" if size <= limits.sms_bytes else "LMS" if size <= limits.lms_bytes else "over"
    return Length(size, form, unknown)


def _carried(letter: str) -> bool:
    try:  # Python spells the rarer syllables out in eight bytes, which no telephone reads
        return len(letter.encode("euc_kr")) <= 2
    except UnicodeEncodeError:
        return False


def _not_concerned(contact: Contact) -> Finding:
    return Finding(
        f"contacts.{contact.id}",
        Text(
            f"'{contact.organisation}'은(는) 이 사건과 관련이 없어 알릴 수 없습니다.",
            f"'{contact.organisation}' may not be told: this does not concern them.",
        ),
        Text(
            "사건의 관련 기업이나 경보 구역을 먼저 고치십시오.",
            "first correct the firms concerned, or the area of the warning.",
        ),
    )


def _no_words(phase: Phase, circle: Circle) -> Finding:
    return Finding(
        "template",
        Text(
            f"'{PHASE_NAMES[phase].ko}' 문안이 없습니다({circle.value}).",
            f"there is no text for '{PHASE_NAMES[phase].en}' ({circle.value}).",
        ),
        Text("연락망의 문안에서 만드십시오.", "write one under the contact book's texts."),
    )
