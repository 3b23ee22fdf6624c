"""The thresholds at which substances harm: looked up, loaded as a file, taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import File, Form, Query, UploadFile
from starlette.responses import RedirectResponse, Response

from sandan.control.engine.hazard.endpoints import find_disagreements
from sandan.control.model.rights import CASES, DESIGN
from sandan.control.model.substances import COLUMNS, Threshold, find_substance, substances
from sandan.control.service.hazard.tables import put_thresholds, threshold_editions, threshold_table
from sandan.control.service.incidents.people import display_names
from sandan.domain import Here, Visit
from sandan.errors import Finding, InvalidInput, NotFound
from sandan.sheets import decode, sheet_text
from sandan.web import Routes, attachment
from sandan.words import Text

routes = Routes("control", prefix="/control/thresholds")
MOST_BYTES = 4_000_000
FIRST = "ammonia"
DONE = Text(
    "새 판을 만들었습니다. 지금부터 이 기준으로 위험구역을 그립니다.",
    "A new version is in force: hazard areas are drawn with it from now on.",
)


@routes.page("", permission=CASES)
def thresholds_page(
    here: Here, substance: Annotated[str, Query(max_length=100)] = "", done: bool = False
) -> Response:
    """One substance's rows with their sources, and the editions there were."""
    return _page(here, substance, done=done)


@routes.page(".csv", permission=CASES)
def thresholds_file(here: Here) -> Response:
    """Every row in force as a file that a spreadsheet opens and `import` reads back."""
    with here.store.registry.read() as conn:
        table = threshold_table(here.store, conn)
    rows = [COLUMNS, *(_cells(row) for row in table.rows)]
    return attachment(sheet_text(rows), f"thresholds-{table.version}.csv")


@routes.action("/import", permission=DESIGN)
async def import_thresholds(
    here: Here,
    base: Annotated[int, Form(ge=0)],
    file: Annotated[UploadFile, File()],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Take a file as the operator's rows; a file with a fault changes nothing."""
    data = await file.read(MOST_BYTES + 1)
    try:
        text = decode(data, MOST_BYTES)
        if not text.strip():
            raise InvalidInput.because(
                "file",
                Text("빈 파일입니다.", "the file is empty."),
                Text("기준표를 올리십시오.", "choose a table of thresholds."),
            )
        put_thresholds(here.store, here.actor, base, text, reason or (file.filename or ""), here.now)
    except InvalidInput as error:
        return _page(here, "", findings=error.findings)
    return RedirectResponse("/control/thresholds?done=true", 303)


@routes.action("/restore", permission=DESIGN)
def restore_thresholds(
    here: Here, base: Annotated[int, Form(ge=0)], version: Annotated[int, Form(ge=0)]
) -> Response:
    """Make an earlier edition the next one."""
    with here.store.registry.read() as conn:
        found = [one for one in threshold_editions(here.store, conn) if one.version == version]
    if not found:
        raise NotFound(Text("기준표 판", "version of the thresholds"), version)
    reason = Text(f"{version}판으로 되돌림", f"back to version {version}").in_(here.language)
    put_thresholds(here.store, here.actor, base, found[0].text, reason, here.now)
    return RedirectResponse("/control/thresholds?done=true", 303)


def _page(here: Visit, wanted: str, *, done: bool = False, findings: Sequence[Finding] = ()) -> Response:
    with here.store.registry.read() as conn:
        editions = threshold_editions(here.store, conn)
    rows, chosen = editions[-1].rows, find_substance(wanted or FIRST)
    shown = [] if chosen is None else [row for row in rows if row.substance == chosen.id]
    return here.render(
        "control/thresholds.html",
        status=422 if findings else 200,
        wanted=wanted,
        chosen=chosen,
        rows=shown,
        is_own=lambda row: any(row is one for one in editions[-1].own),
        grid=_grid(shown),
        exposures=sorted({row.exposure or 0.0 for row in shown}),
        disagreements=find_disagreements(shown),
        substances=substances(),
        covered=len({row.substance for row in rows}),
        count=len(rows),
        current=editions[-1],
        editions=editions[::-1],
        names=display_names(here.store, here.actor, {one.by for one in editions if one.by}),
        findings=findings,
        done=DONE if done else None,
        columns=COLUMNS,
        may_design=here.actor.may(DESIGN),
    )


def _grid(rows: Sequence[Threshold]) -> Mapping[str, Mapping[float, Sequence[Threshold]]]:
    """The rows by what they are called, then by their exposure [min], 0 for one that names no time."""
    grid: dict[str, dict[float, list[Threshold]]] = {}
    for row in rows:
        name = f"{row.scale}-{row.level}" if row.level else row.scale
        grid.setdefault(name, {}).setdefault(row.exposure or 0.0, []).append(row)
    return grid


def _cells(row: Threshold) -> Sequence[object]:
    remark = ("", "") if row.remark is None else (row.remark.ko, row.remark.en)
    status = "S" if row.sure else "C" if row.agreed else "F"
    return (
        row.substance, row.scale, row.level, row.exposure, row.value, row.unit, row.version, row.effective,
        status, row.source, *remark,
    )  # fmt: skip
