"""Drills: what comes comes in time, what is done is scored, and nobody takes it for the real thing."""

from datetime import datetime, timedelta

import pypdfium2
import pytest
import shapely

from sandan.clock import SEOUL, Period
from sandan.control.model.drills import read_script, scripts
from sandan.control.model.incidents import Closing, IncidentState, Place
from sandan.control.service import drills
from sandan.control.service.drill_places import drill_places
from sandan.control.service.incidents import clocks, closing, handling, opening, pictures, reading
from sandan.control.service.incidents.report import after_action_pdf
from sandan.control.service.indicators import INDICATORS
from sandan.errors import Conflict, InvalidInput, NotFound
from sandan.twin.model import Thing

NOW = datetime(2026, 11, 21, 3, 12, tzinfo=SEOUL)
MINUTE = timedelta(minutes=1)


def number_of(store, actor, id, step):
    return next(task.number for task in reading.read_case(store, actor, id).tasks if task.step == step)


def do(store, actor, id, step, at):
    handling.do_task(store, actor, id, number_of(store, actor, id, step), at, "무전")


def perform(store, kim, id):
    """Everything the ammonia drill asks for, each in time."""
    do(store, kim, id, "verify", NOW + MINUTE)
    do(store, kim, id, "firm", NOW + 2 * MINUTE)
    do(store, kim, id, "wind", NOW + 3 * MINUTE)
    handling.set_level(store, kim, id, 3, NOW + 4 * MINUTE)
    do(store, kim, id, "neighbours", NOW + 5 * MINUTE)
    clocks.answer_clock(store, kim, id, "chemical_immediate", NOW + 8 * MINUTE, to=["fire"])
    do(store, kim, id, "road", NOW + 16 * MINUTE)


def words_of(content):
    document = pypdfium2.PdfDocument(content)
    text = "\n".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return text


def test_scripts_are_whole():
    """Each asks only for steps there are, in both languages, and 100 points can be earned in all."""
    assert set(scripts()) == {"ammonia_leak", "fire", "odour"}
    for script in scripts().values():
        assert sum(one.points for one in script.expected) == 100
        assert all(one.text.ko and one.text.en for one in (*script.injects, *script.expected))
        assert max(one.since + one.within for one in script.expected) <= script.length


def test_a_bad_script_is_refused():
    """Neither broken TOML nor a script without injects, or with one out of order, is run."""
    body = scripts()["fire"].body
    for bad in ("ko = ", body.split("[[inject]]")[0], body.replace("at = 90", "at = 9000")):
        with pytest.raises(InvalidInput):
            read_script("bad", bad)


def test_what_the_script_brings_comes_in_time_and_once(centre, people):
    """The first inject at the start, others when due, all that were missed after a pause; never twice."""
    kim = people["kim"]
    id = drills.start_drill(centre, kim, "ammonia_leak", NOW, Place(words="가람동")).id
    assert id.startswith("DRL-")

    def injects():
        case = reading.read_case(centre, kim, id)
        return [line.text.ko for line in case.timeline if line.kind == "DrillInjected"]

    assert len(injects()) == 1
    assert "31 ppm" in injects()[0]
    assert drills.advance_drills(centre, NOW + timedelta(seconds=59)) == []
    assert drills.advance_drills(centre, NOW + 8 * MINUTE) == [id]
    assert len(injects()) == 4
    assert drills.advance_drills(centre, NOW + 8 * MINUTE) == []
    with pytest.raises(NotFound):
        drills.start_drill(centre, kim, "ufo", NOW)


def test_all_in_time_scores_100_and_late_counts_half(centre, people):
    """The score follows from when things were written down, whatever time was stated for them."""
    kim = people["kim"]
    good = drills.start_drill(centre, kim, "ammonia_leak", NOW, Place(words="가람동")).id
    perform(centre, kim, good)
    assert drills.end_drill(centre, kim, good, NOW + 20 * MINUTE) == 100
    with pytest.raises(Conflict):
        drills.end_drill(centre, kim, good, NOW + 21 * MINUTE)
    late = drills.start_drill(centre, kim, "ammonia_leak", NOW).id
    clocks.answer_clock(centre, kim, late, "chemical_immediate", NOW + 25 * MINUTE, at=NOW + 5 * MINUTE)
    assert drills.end_drill(centre, kim, late, NOW + 26 * MINUTE) == 15
    view = drills.read_drill(centre, kim, late, NOW + timedelta(days=1))
    assert [one.name.en for one in view.results if one.at is None] == ["Not done"] * 6
    assert [run.score for run in drills.list_drills(centre, kim)] in ([100, 15], [15, 100])


def test_a_drill_ends_by_itself(centre, people):
    """When its time is over, or when its incident is closed; its incident is then closed too."""
    kim = people["kim"]
    over = drills.start_drill(centre, kim, "fire", NOW).id
    closed = drills.start_drill(centre, kim, "fire", NOW + 10 * MINUTE).id
    closing.close_incident(centre, kim, closed, Closing("훈련", "훈련"), NOW + 15 * MINUTE)
    drills.advance_drills(centre, NOW + 25 * MINUTE)
    for id in (over, closed):
        case = reading.read_case(centre, kim, id)
        assert case.incident.state is IncidentState.CLOSED
        assert case.timeline[-1].kind == "DrillEnded"
    assert reading.list_incidents(centre, kim, active=True) == []


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_report_of_a_drill_says_so_and_tells_all(small_centre, people, language):
    """Times, tasks, legal report, timeline and score are in the PDF, each page marked as a drill."""
    kim = people["kim"]
    id = drills.start_drill(small_centre, kim, "ammonia_leak", NOW, Place(words="가람동")).id
    perform(small_centre, kim, id)
    handling.note(small_centre, kim, id, "☃ 기호 — 글꼴에 없는 것도", NOW + 9 * MINUTE)
    drills.end_drill(small_centre, kim, id, NOW + 20 * MINUTE)
    text = words_of(after_action_pdf(small_centre, kim, id, language, NOW + timedelta(hours=1), "가람산단"))
    marked = {
        "ko": ("[훈련]", "사후 보고서", "최초 감지", "법정 신고", "119 소방", "100 / 100", "기한 내"),
        "en": ("[drill]", "After-action report", "First detected", "Legal reports", "100 / 100", "in time"),
    }[language]
    for words in (*marked, id, "가람동"):
        assert words in text, words


def test_the_report_of_an_incident_can_be_had_at_any_time(small_centre, people):
    """Also of one that has just been opened, and of one closed as a serious accident."""
    kim = people["kim"]
    incident = opening.open_incident(small_centre, kim, "fire", NOW, place=Place(words="가람동"))
    assert "훈련" not in words_of(after_action_pdf(small_centre, kim, incident.id, "ko", NOW, "가람산단"))
    closing.close_incident(small_centre, kim, incident.id, Closing("누전", "배선 교체", deaths=1), NOW)
    text = words_of(after_action_pdf(small_centre, kim, incident.id, "ko", NOW, "가람산단"))
    for words in ("중대사고에 해당", "누전", "배선 교체"):
        assert words in text
    pictures.attach(small_centre, kim, incident.id, "현장.png", b"\x89PNG\r\n\x1a\n" + b"0" * 20, NOW)
    case = reading.read_case(small_centre, kim, incident.id)
    text = words_of(after_action_pdf(small_centre, kim, incident.id, "ko", NOW, "가람산단"))
    with small_centre.registry.read() as conn:
        newest = small_centre.events.find(conn, subject=incident.id, limit=1)[0]
    assert case.last_hash == newest.hash
    plain = "".join(text.split())
    assert newest.hash in plain
    assert case.attachments[0].digest in plain
    assert f"{newest.seq}번" in text


def test_drills_held_are_counted_and_accidents_are_not(centre, people):
    """A drill that ended is proof of practice; it is no accident, and no report the law asked for."""
    kim = people["kim"]
    id = drills.start_drill(centre, kim, "ammonia_leak", NOW, Place(words="가람동")).id
    perform(centre, kim, id)
    period = Period(NOW - timedelta(days=1), NOW + timedelta(days=1))
    figures = {one.id: one for one in INDICATORS}

    def count(name):
        return figures[name].compute(centre, period, NOW + timedelta(days=1))

    assert count("drills_held").numerator == 0
    drills.end_drill(centre, kim, id, NOW + 20 * MINUTE)
    assert (count("drills_held").numerator, count("drills_held").inputs) == (1, [id])
    assert count("detection_to_report").denominator == 0
    real = opening.open_incident(centre, kim, "leak", NOW)
    clocks.answer_clock(centre, kim, real.id, "chemical_immediate", NOW + 20 * MINUTE, at=NOW + 9 * MINUTE)
    assert count("detection_to_report").numerator == 9
    opening.open_incident(centre, kim, "leak", NOW)
    assert (count("detection_to_report").denominator, count("detection_to_report").coverage) == (1, 0.5)


def test_serious_accidents_are_counted_by_what_closing_said(centre, people):
    """A death, 100 million won or a release, once each; open ones show in the coverage, drills never."""
    kim, period = people["kim"], Period(NOW - timedelta(days=1), NOW + timedelta(days=1))
    figure = next(one for one in INDICATORS if one.id == "serious_accidents")

    def count():
        return figure.compute(centre, period, NOW + timedelta(days=1))

    harms = ({"deaths": 1}, {"loss": 100_000_000}, {"release": True}, {"injured": 9, "loss": 99_999_999})
    ids = []
    for harm in harms:
        ids.append(opening.open_incident(centre, kim, "fire", NOW).id)
        closing.close_incident(centre, kim, ids[-1], Closing("불꽃", "교육", **harm), NOW + MINUTE)
    drill = drills.start_drill(centre, kim, "fire", NOW).id
    closing.close_incident(centre, kim, drill, Closing("훈련", "훈련", deaths=3), NOW + MINUTE)
    old = opening.open_incident(centre, kim, "fire", NOW, detected=NOW - timedelta(days=2))
    closing.close_incident(centre, kim, old.id, Closing("불꽃", "교육", deaths=1), NOW + MINUTE)
    assert (count().numerator, count().coverage) == (3, 1)
    assert count().inputs[0] == f"{ids[0]}: 1 dead, 0 won"
    closing.reopen_incident(centre, kim, ids[0], "다시 조사", NOW + 2 * MINUTE)
    assert (count().numerator, count().coverage) == (2, 0.75)


def tank(id, substance, cas):
    return Thing(
        id, "tank", f"{id} 탱크", "hall", "firm-b", shapely.Point(126.705, 37.405),
        {"substance": substance, "cas": cas},
    )  # fmt: skip


def test_the_ammonia_drill_is_held_at_ammonia(small_centre, people):
    """Not at the first tank but at the first that holds the script's substance."""
    with small_centre.registry.write() as conn:
        small_centre.things.put(
            conn, [tank("a-acid", "질산", "7697-37-2"), tank("b-ammonia", "암모니아", "7664-41-7")]
        )
    assert drills.start_drill(small_centre, people["kim"], "ammonia_leak", NOW).place.thing == "b-ammonia"


def test_without_the_substance_somebody_chooses_where(small_centre, people):
    """Tanks of other substances are offered, none is taken unasked; without any tank there is no place."""
    kim = people["kim"]
    assert drills.start_drill(small_centre, kim, "ammonia_leak", NOW).place.thing is None
    with small_centre.registry.write() as conn:
        small_centre.things.put(conn, [tank("acid", "질산", "7697-37-2")])
        found = drill_places(small_centre, conn, scripts()["ammonia_leak"])
    assert ([one.id for one in found.fitting], [one.id for one in found.others]) == ([], ["acid"])
    with pytest.raises(InvalidInput, match="1건"):
        drills.start_drill(small_centre, kim, "ammonia_leak", NOW)
    chosen = drills.start_drill(small_centre, kim, "ammonia_leak", NOW, Place("acid"))
    assert chosen.place.thing == "acid"


def test_a_drills_title_is_shown_in_one_language(small_centre, people):
    """The list searches both; a page shows the reader's. What people write is shown as they wrote it."""
    drill = drills.start_drill(small_centre, people["kim"], "fire", NOW)
    assert (drill.heading.ko, drill.heading.en) == ("공장 화재", "Factory fire")
    real = opening.open_incident(small_centre, people["kim"], "fire", NOW, title="1동 / 2동 화재")
    assert real.heading.en == real.heading.ko == "1동 / 2동 화재"
