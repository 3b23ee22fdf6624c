"""Who may be told, and that no firm is ever told of another's trouble in words that name it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sandan.clock import SEOUL
from sandan.control.engine.incidents.procedures import first_book, first_told
from sandan.control.engine.notices.library import OTHER_KINDS, shipped_templates
from sandan.control.engine.notices.selection import Reach, beyond, concerns, select, voice
from sandan.control.engine.notices.texts import LINK, Places, check_template, core, draft, hide_names, length
from sandan.control.model.contacts import Channel, ChannelKind, Circle, Contact
from sandan.control.model.incidents.procedures import kinds, levels
from sandan.control.model.notices import WARNINGS, Limits, Phase, Request, Subject, Template, Words
from sandan.errors import InvalidInput
from sandan.words import Text

NOW = datetime(2026, 3, 4, 3, 5, tzinfo=SEOUL)
FIRMS = {"firm-1": "㈜가나화학", "firm-2": "다라정밀 주식회사", "firm-3": "대한", "firm-4": "대한화학"}
PLACES = Places("새만금 시범 산단", FIRMS)
REACH = Reach(first_told(first_book(), "leak"))
SUBJECT = Subject(
    id="INC-20260304-001",
    kind="leak",
    kind_name=Text("화학물질 누출", "Chemical leak"),
    level=2,
    title="가나 화학 2공장 암모니아 누출",
    place="㈜가나화학 저장탱크",
    detected=NOW,
    tenants=frozenset({"firm-1", "firm-4"}),
    area=frozenset({"firm-2"}),
)


def contact(id, circle=Circle.FIRM, tenant=None, **facts):
    facts = {
        "organisation": f"기관 {id}",
        "post": "안전 당직",
        "channels": (Channel(ChannelKind.SMS, "000"),),
    } | facts
    return Contact(id=id, circle=circle, tenant=tenant, **facts)


tenants = st.sampled_from([None, *FIRMS])
contacts = st.lists(
    st.builds(
        contact,
        id=st.uuids().map(str),
        circle=st.sampled_from(Circle),
        tenant=tenants,
        organisation=st.sampled_from(["갑", "을", "병"]),
        order=st.integers(1, 3),
        level=st.integers(1, 4),
        kinds=st.sampled_from([frozenset(), frozenset({"leak"}), frozenset({"fire"})]),
        language=st.sampled_from(["ko", "en"]),
        active=st.booleans(),
    ),
    max_size=12,
)
some_firms = st.frozensets(st.sampled_from(list(FIRMS)))
said = st.lists(
    st.one_of(st.sampled_from([*FIRMS.values(), "가나 화학", "대 한", "다라정밀"]), st.text(max_size=6))
).map("".join)
subjects = st.builds(
    replace,
    st.just(SUBJECT),
    tenants=some_firms,
    area=some_firms,
    named=some_firms,
    title=said,
    place=said,
    kind=st.sampled_from(["leak", "fire"]),
)


@given(contacts, subjects, st.sampled_from(Phase), st.integers(1, 4), st.booleans(), said)
def test_no_firm_is_told_of_what_does_not_concern_it_nor_reads_another_firms_name(
    book, subject, phase, level, everybody, note
):
    """Chosen by level or by hand: only concerned firms, and no name that is not theirs to read."""
    chosen = frozenset(one.id for one in book) if everybody else None
    request = Request(phase, level, chosen, note=note)
    for one in (*select(book, subject, request, REACH), *beyond(book, subject, request, REACH)):
        assert one.active
        if one.circle is Circle.FIRM:
            assert one.tenant in subject.tenants or (phase in WARNINGS and one.tenant in subject.area)
        else:
            assert one.tenant is None
        assume(voice(one, subject, phase) is not Circle.PUBLIC or phase in WARNINGS)
        made = draft(one, subject, request, shipped_templates(), PLACES)
        if made.circle is Circle.AUTHORITY:
            continue
        own = {FIRMS[id] for id in subject.named | {one.tenant} if id in FIRMS}
        flat = "".join((made.title + made.text).split()).lower()
        for name in own:
            flat = flat.replace(core(name).lower(), "\ue001")
        for id, name in FIRMS.items():
            if id != one.tenant and id not in subject.named:
                assert core(name).lower() not in flat


@given(contacts, subjects, st.sampled_from(Phase))
def test_escalating_by_hand_to_anybody_never_passes_the_gate(book, subject, phase):
    """A contact that is not concerned has no draft at all."""
    for one in book:
        if not concerns(one, subject, phase):
            with pytest.raises(InvalidInput):
                draft(one, subject, Request(phase, 1), shipped_templates(), PLACES)


def test_of_each_organisation_the_first_of_its_tree_is_told():
    """The others are told when nobody answers."""
    book = [
        contact("b", Circle.AUTHORITY, organisation="119", order=2),
        contact("a", Circle.AUTHORITY, organisation="119", order=1),
        contact("c", Circle.AUTHORITY, organisation="환경청", level=3),
        contact("d", tenant="firm-1"),
        contact("e", tenant="firm-2"),
        contact("f", tenant="firm-3"),
    ]
    told = [one.id for one in select(book, SUBJECT, Request(Phase.FIRST, 2), REACH)]
    assert told == ["a", "d"]
    assert [one.id for one in select(book, SUBJECT, Request(Phase.SHELTER, 1), REACH)] == ["a", "c", "d", "e"]


def test_a_warning_goes_as_far_out_as_the_procedure_says_at_its_level():
    """Residents from the level of the step that tells them, when named, and once they were told before."""
    book = [
        contact("fire", Circle.AUTHORITY, group="fire"),
        contact("bus", Circle.PUBLIC, group="neighbours"),
        contact("village", Circle.PUBLIC),
    ]

    def warned(level, reach=REACH, groups=frozenset()):
        request = Request(Phase.SHELTER, level, groups=groups)
        near, out = (part(book, SUBJECT, request, reach) for part in (select, beyond))
        assert not {one.id for one in near} & {one.id for one in out}
        return [one.id for one in near], [one.id for one in out]

    step = first_told(first_book(), "leak")["residents"]
    assert step.level == 4
    assert warned(1) == (["fire"], ["bus", "village"])
    assert warned(2) == warned(3) == (["fire", "bus"], ["village"])
    assert warned(step.level) == (["fire", "bus", "village"], [])
    assert warned(1, replace(REACH, before=frozenset({"village"})))[0] == ["fire", "village"]
    assert warned(1, groups=frozenset({"neighbours"})) == (["bus"], [])
    assert warned(4, Reach()) == (["fire"], ["bus", "village"]), "no procedure, no level: a person decides"


def test_a_group_of_the_procedures_can_be_told_alone():
    """A step that says whom to tell tells them and nobody else."""
    book = [
        contact("a", Circle.AUTHORITY, organisation="119", group="fire"),
        contact("b", Circle.AUTHORITY, organisation="112", group="police"),
    ]
    request = Request(Phase.FIRST, 1, groups=frozenset({"police"}))
    assert [one.id for one in select(book, SUBJECT, request, REACH)] == ["b"]


def test_a_neighbour_in_the_area_reads_the_words_for_the_public():
    """It is warned, but learns neither the title nor the name of the firm where it happened."""
    neighbour = contact("n", tenant="firm-2")
    made = draft(neighbour, SUBJECT, Request(Phase.SHELTER, 3), shipped_templates(), PLACES)
    assert made.circle is Circle.PUBLIC
    assert "○○ 저장탱크" in made.text
    assert "가나" not in made.title + made.text
    assert "암모니아" not in made.text


def test_a_drill_says_so_first_in_both_languages():
    """Nobody can take it for real."""
    drill = replace(SUBJECT, drill=True)
    for language, mark in (("ko", "[훈련·DRILL] "), ("en", "[DRILL·훈련] ")):
        one = contact("n", tenant="firm-1", language=language)
        made = draft(one, drill, Request(Phase.FIRST, 1), shipped_templates(), PLACES)
        assert made.title.startswith(mark)
        assert made.text.startswith(mark)


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("㈜가나화학 탱크", "㈜○○ 탱크"),
        ("가나 화학 정문", "○○ 정문"),
        ("대한화학과 대한", "대한화학과 ○○"),
        ("다라정밀(주) 앞", "○○(주) 앞"),
    ],
)
def test_names_are_found_however_they_are_written(text, hidden):
    """With or without the legal form or a space; the reader's own name stays whole."""
    assert hide_names(text, ["㈜가나화학", "다라정밀 주식회사", "대한"], ["대한화학"]) == hidden


def test_shipped_texts_are_whole():
    """Every phase has words for everybody who may be told in it, with known placeholders only."""
    templates = shipped_templates()
    assert [fault for one in templates for fault in check_template(one)] == []
    general = {(one.phase, one.circle) for one in templates if one.kind == "*"}
    for phase in Phase:
        circles = set(Circle) if phase in WARNINGS else {Circle.AUTHORITY, Circle.FIRM}
        assert {(phase, circle) for circle in circles} <= general
    assert {one.kind for one in templates} == {"leak", "odour", *OTHER_KINDS}
    assert {"leak", "odour"} <= set(kinds())
    assert all(
        LINK in draft(contact("a", Circle.AUTHORITY), SUBJECT, Request(p, 1), templates, PLACES).text
        for p in Phase
    )
    assert sorted(levels()) == [1, 2, 3, 4]


def test_an_unknown_placeholder_is_a_finding():
    """Also one that another circle may use: a firm's text cannot list the firms."""
    bad = Template("*", Phase.FIRST, Circle.FIRM, Words("$firms", "$5 $$ $link"), Words("ok", "${nope} x"))
    assert [one.where for one in check_template(bad)] == ["title_ko", "text_ko", "text_en"]


def test_length_is_counted_as_gateways_do():
    """A Hangul syllable is two bytes of EUC-KR; 90 bytes are an SMS, more an LMS; odd letters are named."""
    assert length("가" * 45, Limits()).form == "SMS"
    assert length("가" * 45 + "a", Limits()).form == "LMS"
    assert length("a" * 2001, Limits()).form == "over"
    assert length("쀍🔥a", Limits()).unknown == "쀍🔥"
