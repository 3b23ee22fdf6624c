"""What the programme can prove, as of any day: ours, other domains', and what officers defined.

An indicator is computed from what was known at `as_of` and from nothing that happened after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sandan.access import Actor
from sandan.clock import Period
from sandan.domain import Evidence, Indicator
from sandan.errors import Conflict, Finding, InvalidInput, NotFound
from sandan.programme.engine.indicators import Terms, compute_formula, name_in_formula, read_formula
from sandan.programme.model.evidence import Basis, Formula, How, Proof, RecordKind, nothing, proof_of
from sandan.programme.model.rights import PROGRAMME_EDIT, PROGRAMME_READ
from sandan.programme.records import evidence as records
from sandan.programme.service import proofs
from sandan.store import Store
from sandan.words import Text

INDICATOR = Text("지표", "indicator")
LONGEST_NAME = 200

Prove = Callable[[Store, Period, datetime], Proof]


def _ours(id: str, name: Text, unit: str, definition: Text, prove: Prove) -> tuple[Indicator, Prove]:
    def compute(store: Store, period: Period, as_of: datetime) -> Evidence:
        proof = prove(store, period, as_of)
        inputs = [f"{one.where}: {one.name} {one.value:g} {one.unit}" for one in proof.rows]
        return Evidence(proof.numerator, proof.denominator, proof.coverage, inputs)

    return Indicator(id, name, unit, definition, compute), prove


_OURS: Sequence[tuple[Indicator, Prove]] = (
    _ours(
        "project_progress",
        Text("사업 진척률", "Project progress"),
        "%",
        Text(
            "사업별로 기간 끝까지 마지막으로 보고된 진척률의 평균. 보고가 없는 사업은 포함률로 알립니다.",
            "The mean of the progress last stated for each project up to the end of the period; projects "
            "without any are left out and show in the coverage.",
        ),
        proofs.progress,
    ),
    _ours(
        "funds_secured",
        Text("재원 확보율", "Funds secured"),
        "%",
        Text(
            "확보액 ÷ 계획액. 한 사업의 표 가운데 가장 넓은 표를 쓰고, 상위 사업의 금액이 있으면 하위는 "
            "세지 않습니다.",
            "Secured money over planned money. Of several tables of a project the widest counts, and a "
            "project's own money stands for that of the projects below it.",
        ),
        proofs.funds,
    ),
    _ours(
        "jobs",
        Text("고용 인원", "Jobs"),
        "명",
        Text(
            "기간 안에서 마지막으로 보고된 달의 기업별 고용 인원의 합. 포함률은 보고한 기업의 비율입니다.",
            "Head counts of firms added up for the last month of the period that any firm reported; the "
            "coverage is the share of firms that did.",
        ),
        proofs.jobs,
    ),
    _ours(
        "energy_use",
        Text("단지 전력 사용량", "Electricity used"),
        "kWh",
        Text(
            "모든 계량기의 전력사용량의 합. 다른 계량기 아래의 계량기는 빼어 두 번 세지 않습니다.",
            "Active energy of all meters added up; a meter under another meter is left out, so that nothing "
            "counts twice.",
        ),
        proofs.energy,
    ),
    _ours(
        "co2",
        Text("전력 사용의 온실가스 배출", "CO2 of electricity"),
        "tCO2eq",
        Text(
            "전력 사용량 × 기준일에 가장 최근 공표된 소비단 배출계수(근거 행에 표시).",
            "Electricity used times the consumption factor published last as of the day (see its rows).",
        ),
        proofs.co2,
    ),
    _ours(
        "accidents",
        Text("안전사고", "Accidents"),
        "건",
        Text(
            "기간 안에 중대사고(사망, 재산 피해 1억 원 이상, 유해물질 누출 가운데 하나)로 종결한 사건의 수. "
            "훈련은 세지 않으며, 종결한 사건이 한 번도 없으면 0이 아니라 '근거 없음'입니다.",
            "Incidents closed in the period as serious accidents: a death, ₩100 million of property or a "
            "hazardous release. No drills; where none was ever closed there is no evidence, not zero.",
        ),
        proofs.accidents,
    ),
    _ours(
        "satisfaction",
        Text("근로자 만족도", "Workers' satisfaction"),
        "점",
        Text(
            "응답을 척도의 최고점으로 나눈 100점 환산 평균. 조사마다 마지막으로 올린 표를 씁니다.",
            "Answers over the highest answer possible, in points of 100, on average; of each survey the "
            "sheet uploaded last.",
        ),
        proofs.satisfaction,
    ),
)
INDICATORS: tuple[Indicator, ...] = tuple(indicator for indicator, _ in _OURS)
"""What this domain contributes to its manifest."""
_PROVERS: Mapping[str, Prove] = {indicator.id: prove for indicator, prove in _OURS}


@dataclass(frozen=True, slots=True)
class IndicatorLine:
    """An indicator in a list; `formula` where an officer defined it, `term` as a formula names it."""

    id: str
    name: Text
    unit: str
    definition: Text
    term: str
    formula: str | None = None


def list_indicators(store: Store, actor: Actor, contributed: Sequence[Indicator]) -> list[IndicatorLine]:
    """Every indicator: those of domains (`Domain.indicators` of all installed), then officers'."""
    actor.require(PROGRAMME_READ)
    with store.registry.read() as conn:
        formulas = records.all_formulas(conn)
    given = [
        IndicatorLine(one.id, one.name, one.unit, one.definition, name_in_formula(one.id))
        for one in contributed
    ]
    defined = [
        IndicatorLine(
            one.id,
            one.name,
            one.unit,
            Text(f"담당자가 정한 수식: {one.formula}", f"Defined by an officer: {one.formula}"),
            name_in_formula(one.id),
            one.formula,
        )
        for one in formulas
    ]
    return given + defined


def prove(
    store: Store,
    actor: Actor,
    contributed: Sequence[Indicator],
    id: str,
    period: Period,
    as_of: datetime,
    now: datetime,
) -> Proof:
    """An indicator for a period with what is behind it; rows this actor may not see are only counted."""
    actor.require(PROGRAMME_READ)
    _not_ahead(as_of, now)
    with store.registry.read() as conn:
        formulas = {one.id: one for one in records.all_formulas(conn)}
    if id in formulas:
        proof = _prove_formula(store, contributed, formulas[id], period, as_of)
    else:
        indicator = next((one for one in contributed if one.id == id), None)
        if indicator is None:
            raise NotFound(INDICATOR, id)
        proof = _prove_one(store, indicator, period, as_of)
    return _seen_by(actor, proof)


def try_formula(
    store: Store,
    actor: Actor,
    contributed: Sequence[Indicator],
    formula: str,
    unit: str,
    period: Period,
    now: datetime,
) -> Proof:
    """What a formula would give now, before anybody keeps it; `InvalidInput` says what is wrong with it."""
    actor.require(PROGRAMME_EDIT)
    draft = Formula(id="-", name=Text("-", "-"), unit=unit, formula=formula, by=actor.id, at=now)
    return _seen_by(actor, _prove_formula(store, contributed, draft, period, now))


def define_indicator(
    store: Store,
    actor: Actor,
    contributed: Sequence[Indicator],
    id: str,
    name: Text,
    unit: str,
    formula: str,
    now: datetime,
) -> None:
    """Keep an officer's indicator; one of theirs with this id is replaced, one of a domain's never."""
    actor.require(PROGRAMME_EDIT)
    faults = [
        Finding(
            where, Text("비었거나 너무 깁니다.", "is empty or too long."), Text("적으십시오.", "write it.")
        )
        for where, text in (("id", id), ("name (ko)", name.ko), ("name (en)", name.en), ("unit", unit))
        if not text.strip() or len(text) > LONGEST_NAME
    ]
    if id and not name_in_formula(id).isidentifier():
        faults.append(
            Finding(
                "id",
                Text("글자로 시작하지 않습니다.", "does not begin with a letter."),
                Text("예: energy_per_job", "for example energy_per_job."),
            )
        )
    if faults:
        raise InvalidInput(faults)
    if name_in_formula(id) in {name_in_formula(one.id) for one in contributed}:
        raise Conflict(Text(f"'{id}'은(는) 이미 있는 지표입니다.", f"'{id}' is an indicator already."))
    _check_terms(store, contributed, formula)
    made = Formula(id=id, name=name, unit=unit, formula=formula.strip(), by=actor.id, at=now)
    with store.registry.write() as conn:
        records.put_formula(conn, made)
        store.events.append(
            conn,
            "FormulaDefined",
            actor=actor,
            subject=id,
            payload={"name": name.ko, "unit": unit, "formula": made.formula},
            at=now,
        )


def drop_indicator(store: Store, actor: Actor, id: str, now: datetime) -> None:
    """Forget an officer's indicator."""
    actor.require(PROGRAMME_EDIT)
    with store.registry.write() as conn:
        if not records.drop_formula(conn, id):
            raise NotFound(INDICATOR, id)
        store.events.append(conn, "FormulaDropped", actor=actor, subject=id, payload={}, at=now)


def _prove_one(store: Store, indicator: Indicator, period: Period, as_of: datetime) -> Proof:
    ours = _PROVERS.get(indicator.id)
    if ours is not None:
        return ours(store, period, as_of)
    evidence = indicator.compute(store, period, as_of)
    rows = [Basis(name=one, value=0.0, unit="", where=one) for one in evidence.inputs]
    return proof_of(
        How.MEASURED, indicator.unit, evidence.numerator, evidence.denominator, evidence.coverage, rows
    )


def _prove_formula(
    store: Store, contributed: Sequence[Indicator], formula: Formula, period: Period, as_of: datetime
) -> Proof:
    """A formula over proofs: known no better than the least known of them."""
    terms = _check_terms(store, contributed, formula.formula)
    named = {name_in_formula(one.id): one for one in contributed}
    of_names = {name: _prove_one(store, named[name], period, as_of) for name in terms.names}
    of_calls = {call: _PROVE_CALL[call[0]](store, call[1], period, as_of) for call in terms.calls}
    parts = [*of_names.values(), *of_calls.values()]
    if any(part.value is None for part in parts):
        return replace(nothing(formula.unit), rows=[row for part in parts for row in part.rows])
    value = compute_formula(
        formula.formula,
        {name: part.value for name, part in of_names.items() if part.value is not None},
        {call: part.value for call, part in of_calls.items() if part.value is not None},
    )
    if value is None or not parts:
        return nothing(formula.unit)
    declared = any(part.how is How.DECLARED for part in parts)
    return Proof(
        how=How.DECLARED if declared else How.MEASURED,
        value=value,
        unit=formula.unit,
        numerator=value,
        denominator=None,
        coverage=min(part.coverage for part in parts),
        rows=[row for part in parts for row in part.rows],
        simulated=any(part.simulated for part in parts),
    )


_PROVE_CALL: Mapping[str, Callable[[Store, str, Period, datetime], Proof]] = {
    "point": proofs.point,
    "record": proofs.record,
    "event": proofs.event,
}


def _check_terms(store: Store, contributed: Sequence[Indicator], formula: str) -> Terms:
    terms = read_formula(formula)
    known = {name_in_formula(one.id) for one in contributed}
    faults = [_unknown(name) for name in sorted(terms.names - known)]
    with store.registry.read() as conn:
        for source, id in sorted(terms.calls):
            if source == "point":
                try:
                    store.points.get(conn, id)
                except NotFound:
                    faults.append(_unknown(id))
            elif source == "record" and id not in set(RecordKind):
                faults.append(_unknown(id))
    if not terms.names and not terms.calls:
        faults.append(_unknown(formula))
    if faults:
        raise InvalidInput(faults)
    return terms


def _unknown(what: str) -> Finding:
    return Finding(
        "formula",
        Text(f"'{what}'은(는) 지표·측정점·기록이 아닙니다.", f"'{what}' is no indicator, point or record."),
        Text("목록에 있는 이름을 쓰십시오.", "use a name from the list."),
    )


def _seen_by(actor: Actor, proof: Proof) -> Proof:
    seen = [row for row in proof.rows if actor.sees(row.tenant)]
    return replace(proof, rows=seen, hidden=len(proof.rows) - len(seen))


def _not_ahead(as_of: datetime, now: datetime) -> None:
    if as_of > now:
        raise InvalidInput.because(
            "as_of",
            Text("기준 시점이 미래입니다.", "the day is still to come."),
            Text("오늘이나 그 이전을 고르십시오.", "choose today or earlier."),
        )
