"""Writes the reference pages that come from the code's own tables and command help.

`make docs` runs it; a test runs it too and fails when a committed page differs.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from importlib.resources import files
from math import isnan
from pathlib import Path
from typing import Any

import click
import orjson

from sandan.access import ROLE_NAMES, Permission, Role
from sandan.cli import EXIT_CODES, sandan
from sandan.control.engine.alarms.performance import norms
from sandan.control.engine.alarms.table import built_in_rules
from sandan.control.engine.hazard.sigma import sigma_sets
from sandan.control.model.alarms import ACTS, ALARM_STATES, BY_PEOPLE, RULE_KINDS
from sandan.control.model.board import figure_rows
from sandan.control.model.incidents import procedures
from sandan.control.model.substances import substances, thresholds
from sandan.control.service.alarms.desk import LONGEST_SHELF
from sandan.control.service.environment.settings import EnvironmentSettings
from sandan.control.service.notices.desk import Desk
from sandan.domain import installed_domains
from sandan.energy.engine.tariff import tariffs
from sandan.energy.model.tariff import KINDS, OPTIONS, VOLTAGES
from sandan.errors import InvalidInput
from sandan.programme.engine.factors import factors
from sandan.programme.engine.findings import rules
from sandan.programme.engine.grades import SUBJECT_NAMES, cut_offs
from sandan.programme.engine.ledger import BASIS_DEFINITIONS, BASIS_NAMES, Basis
from sandan.programme.engine.publishing.publisher import NAMES, Publisher
from sandan.programme.engine.publishing.rows import COLUMNS, plan_schema
from sandan.programme.engine.rates import compute_rates
from sandan.programme.engine.reading import MOST_BYTES, MOST_LINES, MOST_PAGES
from sandan.programme.model import vocabulary
from sandan.programme.model.audit import FINDING_STATE_NAMES, SEVERITY_NAMES
from sandan.programme.model.change import CHANGE_KIND_NAMES, CHANGE_STATE_NAMES
from sandan.programme.model.check import CHECK_STATE_NAMES
from sandan.programme.model.documents import UNPLACED_NAMES
from sandan.programme.model.plan import Book, ChangeKind, Plan, Version
from sandan.programme.pages.documents import ACCEPTED
from sandan.programme.service.indicators import INDICATORS
from sandan.programme.service.open_files import FILES
from sandan.settings import StoreSettings, WebSettings
from sandan.twin.tables import kinds, quantities
from sandan.units import units
from sandan.web.errors import CODES
from sandan.words import Text

FOLDER = Path(__file__).parent / "reference"
HEAD = "<!-- Written by `make docs` from the code; edit the tables, not this page. -->\n\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; None is an empty cell."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = ("" if cell is None else str(cell).replace("|", "\\|") for cell in row)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def twin_page() -> str:
    """Kinds, attributes, quantities and units."""
    text = "# The tables of the twin\n\n## Kinds\n\n"
    text += table(
        ["id", "한국어", "English", "geometry", "public", "NGSI-LD type"],
        (
            (k.id, k.name.ko, k.name.en, k.geometry, "yes" if k.public else "", k.entity)
            for k in kinds().values()
        ),
    )
    text += "\n## Attributes\n\n"
    text += table(
        ["kind", "id", "한국어", "English", "type", "unit", "from", "to", "required"],
        (
            (k.id, a.id, a.name.ko, a.name.en, a.type, a.unit, a.low, a.high, "yes" if a.required else "")
            for k in kinds().values()
            for a in k.attributes.values()
        ),
    )
    text += "\n## Quantities\n\n"
    text += "The range is what is physically possible; a reading outside it goes to quarantine.\n\n"
    text += table(
        ["id", "한국어", "English", "unit", "from", "to", "over time"],
        ((q.id, q.name.ko, q.name.en, q.unit, q.low, q.high, q.rollup) for q in quantities().values()),
    )
    text += "\n## Units\n\n"
    text += table(
        ["symbol", "한국어", "English", "dimension", "factor to SI", "offset"],
        ((u.symbol, u.name.ko, u.name.en, u.dimension, u.factor, u.offset) for u in units().values()),
    )
    return text


def control_page() -> str:
    """Key figures, alarms, incidents, the hazard model and the settings of the control centre."""
    text = "# The tables of the control room\n\n## Key figures\n\n"
    text += table(
        ["id", "한국어", "English", "quantity", "how", "unit"],
        ((f.id, f.name.ko, f.name.en, f.quantity, f.how, f.unit) for f in figure_rows()),
    )
    return text + _control_alarms() + _control_incidents() + _control_hazard() + _control_settings()


def _control_alarms() -> str:
    text = "\n## Kinds of alarm rule\n\n" + _named(RULE_KINDS)
    text += "\n## States of an alarm\n\n" + _named(ALARM_STATES)
    text += "\n## What can happen to an alarm\n\n"
    text += table(
        ["id", "한국어", "English", "by a person"],
        ((act.value, name.ko, name.en, "yes" if act in BY_PEOPLE else "") for act, name in ACTS.items()),
    )
    text += "\n## Alarm rules that come with Sandan\n\n"
    text += "Version 0; without a limit a rule goes by the bound of each point. "
    text += "[The columns of the table](../how-to/set-alarm-rules.md#change-the-whole-table).\n\n"
    text += table(
        ["id", "한국어", "English", "kind", "limit", "priority", "source"],
        (
            (
                r.id,
                r.name.ko,
                r.name.en,
                r.kind.value,
                "" if isnan(r.limit) else f"{r.limit:g}",
                r.priority.value,
                r.source.en,
            )
            for r in built_in_rules().rules
        ),
    )
    text += "\n## What good alarms are\n\n"
    return text + table(
        ["id", "한국어", "English", "unit", "good", "bearable", "source"],
        (
            (
                n.id,
                n.name.ko,
                n.name.en,
                n.unit,
                f"{n.target:g}",
                f"{n.limit:g}",
                n.source.en,
            )
            for n in norms().values()
        ),
    )


def _control_incidents() -> str:
    text = "\n## Kinds of incident\n\n"
    text += table(
        ["id", "한국어", "English", "counts as a release", "causes of rules"],
        (
            (k.id, k.name.ko, k.name.en, "yes" if k.hazardous else "", ", ".join(sorted(k.causes)))
            for k in procedures.kinds().values()
        ),
    )
    text += "\n## Levels\n\n"
    text += table(
        ["level", "한국어", "English", "meaning"],
        ((one.level, one.name.ko, one.name.en, one.meaning.en) for one in procedures.levels().values()),
    )
    text += "\n## Whom procedures tell\n\n"
    text += table(
        ["id", "한국어", "English"], ((id, name.ko, name.en) for id, name in procedures.groups().items())
    )
    text += "\n## Legal clocks\n\n"
    return text + table(
        ["id", "한국어", "English", "minutes", "starts by itself for", "by hand for", "to", "from", "law"],
        (
            (
                c.id,
                c.name.ko,
                c.name.en,
                int(c.within.total_seconds() / 60),
                ", ".join(sorted(c.auto)),
                ", ".join(sorted(c.hand)),
                ", ".join(c.to),
                c.effective_from,
                c.law.en,
            )
            for c in procedures.legal_clocks().values()
        ),
    )


def _control_hazard() -> str:
    text = "\n## Substances whose spread is computed\n\n"
    text += table(
        ["id", "한국어", "English", "formula", "CAS", "UN", "source"],
        ((s.id, s.name.ko, s.name.en, s.formula, s.cas, s.un, s.source) for s in substances().values()),
    )
    text += "\n## Thresholds\n\nA row without a value stands for sources that contradict each other.\n\n"
    text += table(
        ["substance", "threshold", "min", "value", "unit", "checked against its issuer", "version", "source"],
        (
            (
                t.substance,
                f"{t.scale}-{t.level}" if t.level else t.scale,
                "" if t.exposure is None else f"{t.exposure:g}",
                "" if t.value is None else f"{t.value:g}",
                t.unit,
                "yes" if t.sure else "public copies agree" if t.agreed else "no",
                t.version,
                t.source,
            )
            for t in thresholds()
        ),
    )
    text += "\n## Sets of σ\n\n"
    return text + table(
        ["id", "한국어", "English", "terrain", "release", "from [m]", "to [m]", "source"],
        (
            (s.id, s.name.ko, s.name.en, s.terrain, s.release, f"{s.nearest:g}", f"{s.farthest:g}", s.source)
            for s in sigma_sets().values()
        ),
    )


def _control_settings() -> str:
    desk = Desk()
    rows = [
        ("longest_shelf_hours", f"{LONGEST_SHELF:g}", "the longest time an alarm may be shelved"),
        ("telling", desk.mode.value, "whether messages leave the house: off, test, live"),
        ("address", "of the web server", "where recipients reach this installation"),
        ("through_level", desk.through_level, "from this level on quiet hours hold nothing back"),
        (
            "answer_minutes",
            desk.answer_minutes or "none",
            "time to answer where the book does not say",
        ),
        ("give_up_minutes", int(desk.pace.give_up.total_seconds() / 60), "how long a gateway is tried"),
        ("sms_bytes", desk.limits.sms_bytes, "bytes of EUC-KR in a short message"),
        ("lms_bytes", desk.limits.lms_bytes, "bytes of EUC-KR in a long message"),
        (
            "gateways",
            "none",
            "the ways out: [how to set them up](../how-to/tell-people.md#2-set-up-gateways)",
        ),
        (
            "odour_region",
            EnvironmentSettings().region,
            "limits of the law on smells: industrial, other",
        ),
        ("odour_strict", "none", "an ordinance's stricter limits at the boundary, a table by quantity"),
        ("wind_error_direction", "none", "standard deviation of the wind's direction, °"),
        ("wind_error_speed", "none", "standard deviation of the logarithm of the wind's speed"),
        ("room_air_changes", "none", "air changes an hour of rooms in which people shelter"),
        ("minutes_to_leave", "none", "how long people need to be out of the way"),
        ("deposition", "none", "by substance, m/s at which it goes to the ground: {ammonia = 0.01}"),
        ("air_hour_share", "none", "share of an hour's samples that a mean of air needs"),
        ("air_index_top", "none", "where the last band of the air index ends, a table by pollutant"),
        ("stack_half_hour_share", "none", "share of a half-hour's samples that a stack's mean needs"),
        ("stack_over_in_a_row", "none", "half-hours in a row that count as going over again and again"),
        ("stack_over_in_a_week", "none", "half-hours in a week that do"),
        ("odour_detection", "none", "detection limits of smell sensors, a table by quantity"),
        ("odour_sample_catches", "none", "what a sample can be told by, a table by quantity"),
        ("odour_smelled_at", "none", "where half of all people complain, a table by quantity"),
        ("permit_alarm_reach", "none", "how far around an alarm work stops, m, a table by quantity"),
        ("permit_after_minutes", "none", "how long work matters after its end, a table by kind of work"),
        ("permit_longest_hours", "none", "how long one permit may last, a table by kind of work"),
        ("permit_weather_limits", "none", "limits of weather that no law gives, a table by rule"),
        ("permit_air_limits", "none", "limits of the air that no law gives, a table by rule"),
        ("permit_air_test_minutes", "none", "how old a test of the air may be when work begins"),
    ]
    text = "\n## Settings\n\nUnder `[control]` in `sandan.toml`, or as `SANDAN_CONTROL_<NAME>`. "
    text += "Those without a default have no source: "
    text += "[what the hazard model knows](../explanation/hazard-model.md#what-has-no-default-and-why), "
    text += "[how to follow air and smells](../how-to/follow-air-and-smells.md#settings), "
    text += "[how to issue a work permit](../how-to/issue-a-work-permit.md#settings).\n\n"
    return text + table(["name", "default", "what it is"], ((f"`{n}`", d, w) for n, d, w in rows))


FORMATS = {
    ".txt": "the file's own lines; a tab parts cells",
    ".md": "the file's own lines; `#` is a heading, a pipe table a table",
    ".html": "the file's own lines, or blocks where the source has hardly any; HTML called `.xls` as well",
    ".htm": "as `.html`",
    ".csv": "the file's own lines",
    ".tsv": "as `.csv`",
    ".xlsx": "rows, sheet after sheet, each begun by its name; `page` is the sheet; numbers as shown",
    ".pdf": "lines in reading order, page after page; `page` is the page; a scan without text is refused",
    ".hwpx": "paragraphs and rows of tables, running on",
    ".docx": "paragraphs and rows of tables, running on",
}
"""How lines are counted in each kind of file that the upload accepts."""


def _named(names: Mapping[Any, Text]) -> str:
    return table(["id", "한국어", "English"], ((id.value, name.ko, name.en) for id, name in names.items()))


def _rows(package: str, name: str) -> list[dict[str, str]]:
    with files(package).joinpath(name).open(encoding="utf-8") as rows:
        return list(csv.DictReader(rows))


def programme_page() -> str:
    """The words of the programme, what documents are read for, its rules, its rates and its open data."""
    text = "# The tables of the programme\n"
    text += _programme_words()
    text += _programme_documents()
    text += _programme_rules()
    text += _programme_figures()
    return text + _programme_open_data()


def _programme_words() -> str:
    text = "\n## What a stated value is about\n\n" + _named(vocabulary.KIND_NAMES)
    text += "\n## Stages of money\n\n" + _named(vocabulary.STAGE_NAMES)
    text += "\n## Sources of money\n\nDocuments name a source by any of these words.\n\n"
    text += table(
        ["id", "한국어", "English", "level", "also written"],
        ((s.id, s.name.ko, s.name.en, s.level, ", ".join(s.synonyms)) for s in vocabulary.sources().values()),
    )
    text += "\n## Capital and current\n\n" + _named(vocabulary.NATURE_NAMES)
    text += "\n## Kinds of plan\n\n" + _named(vocabulary.PLAN_KIND_NAMES)
    text += "\n## Roles of a complex\n\n" + _named(vocabulary.ROLE_NAMES)
    text += "\n## How far a project's money has come\n\n" + _named(vocabulary.STANDING_NAMES)
    text += "\n## States of a pledge\n\n" + _named(vocabulary.STATE_NAMES)
    text += "\n## What a sentence of a plan says\n\n" + _named(vocabulary.FACT_NAMES)
    text += "\n## Why a plan gets a version\n\n" + _named(CHANGE_KIND_NAMES)
    text += "\n## How far a request has come\n\n" + _named(CHANGE_STATE_NAMES)
    return text + "\n## How far a quarterly check has come\n\n" + _named(CHECK_STATE_NAMES)


def _programme_documents() -> str:
    accepted = ACCEPTED.split(",")
    assert set(accepted) == set(FORMATS), "a kind of file was added to the upload: say how it is counted"
    text = "\n## Documents that are read\n\n"
    text += f"At most {MOST_BYTES // 2**20} MiB, {MOST_PAGES:,} pages of a PDF, {MOST_LINES:,} lines. "
    text += (
        "What a file is follows from its bytes first and its name second. Text is UTF-8, UTF-16 or CP949.\n"
    )
    text += (
        "Binary HWP, old Office files, pictures and locked files are refused, with what to do instead.\n\n"
    )
    text += table(["file", "how its lines are counted"], ((end, FORMATS[end]) for end in accepted))
    text += "\n## Labels and headings\n\nA `value` stands beside or under its label; a `section` holds what "
    text += "follows its heading. Matched without spaces, numbering and bullets.\n\n"
    text += table(
        ["field", "is", "written"],
        (
            (row["field"], row["is"], row["words"].replace("|", ", "))
            for row in _rows("sandan.programme.engine.drafting", "fields.csv")
        ),
    )
    text += "\n## Why a line found no place\n\n"
    return text + table(
        ["reason", "한국어", "English"], ((id, name.ko, name.en) for id, name in UNPLACED_NAMES.items())
    )


def _programme_rules() -> str:
    text = "\n## Rules of the findings\n\n*Who* is the department that owns the project, where it is known, "
    text += "else the one named here. `hub-takes-all` needs a share from which the hub is said to take most\n"
    text += "(`[programme] hub_share`); no source gives one, so that without it the rule finds nothing.\n\n"
    text += table(
        ["rule", "severity", "한국어", "English", "who", "what to do"],
        (
            (r.id, SEVERITY_NAMES[r.severity].en, r.title.ko, r.title.en, r.who, r.remedy.en)
            for r in rules().values()
        ),
    )
    text += "\n## What becomes of a finding\n\n" + _named(FINDING_STATE_NAMES)
    text += "\n## Emission factors\n\n"
    text += "Of those for inventories the one published last as of a day counts; "
    text += "a reduction is held against all.\n\n"
    return text + table(
        ["kgCO2eq/kWh", "한국어", "English", "year", "published", "inventories", "used for", "source"],
        (
            (
                f.value,
                f.basis.ko,
                f.basis.en,
                f.year,
                f.published or "",
                "yes" if f.inventory else "",
                f.purpose,
                f.source,
            )
            for f in factors()
        ),
    )


def _programme_figures() -> str:
    plan = Plan(id="-", kind=vocabulary.PlanKind.PLEDGE_BOOK, title="-", owner="-")
    made = Version(number=1, kind=ChangeKind.IMPORT, reason="-", by="-", at=datetime(2026, 1, 1, tzinfo=UTC))
    rates = compute_rates(Book(plan=plan, version=made), date(2026, 1, 1))
    text = "\n## Rates\n\n"
    text += table(
        ["id", "한국어", "English", "what over what"],
        ((r.id, r.name.ko, r.name.en, r.definition.en) for r in rates),
    )
    text += "\n## Two bases of adding up money\n\n"
    text += table(
        ["id", "한국어", "English", "what counts"],
        ((one.value, BASIS_NAMES[one].ko, BASIS_NAMES[one].en, BASIS_DEFINITIONS[one].en) for one in Basis),
    )
    text += "\n## Indicators\n\n"
    text += table(
        ["id", "한국어", "English", "unit", "what it is"],
        ((i.id, i.name.ko, i.name.en, i.unit, i.definition.en) for i in INDICATORS),
    )
    text += "\n## Cut-offs of grades\n\n"
    text += "Only what a source tells; a grade between or below these stays unknown.\n\n"
    return text + table(
        ["year", "of what", "grade", "points", "scale", "source", "note"],
        (
            (
                c.year,
                SUBJECT_NAMES[c.subject].en,
                c.grade,
                f"{'≥' if c.inclusive else '>'} {c.above:g}",
                c.scale,
                c.source,
                c.note,
            )
            for c in cut_offs()
        ),
    )


def _programme_open_data() -> str:
    text = "\n## Files of open data\n\n"
    text += table(
        ["file", "what it is", "settings it needs", "schema"],
        ((f"`{f.name}`", f.says.en, ", ".join(f"`{one}`" for one in f.needs), f.schema) for f in FILES),
    )
    text += "\n## Columns of `plan.csv`\n\nThe head is in the language of the reader.\n\n"
    text += table(["한국어", "English"], ((name.ko, name.en) for name in COLUMNS.values()))
    schema = orjson.loads(plan_schema())
    text += f"\n## Fields of `plan.json`\n\nFormat `{schema['properties']['format']['const']}`; "
    text += "the whole schema is served at `/open/plan.schema.json`.\n\n"
    text += table(
        ["object", "what it is", "fields"],
        (
            (name, of.get("description"), ", ".join(of["properties"]))
            for name, of in schema["$defs"].items()
            if "properties" in of
        ),
    )
    text += "\n## Settings\n\nUnder `[programme]` in `sandan.toml`, or as `SANDAN_PROGRAMME_<NAME>`. "
    text += "None has a default.\n\n"
    return text + table(["name", "what it is"], _programme_settings())


def _programme_settings() -> Iterator[tuple[str, str]]:
    """What an export says that lacks every setting, and the two of suggested states."""
    try:
        Publisher().require(*NAMES)
    except InvalidInput as error:
        for one in error.findings:
            yield f"`{one.where.split()[-1]}`", one.remedy.en.partition(": ")[2].rstrip(".")
    yield "`state_partial_below`", "under which share (0–1] of the planned progress 일부추진 is suggested"
    yield "`state_held_after`", "after how many quarters (1–40) without movement 보류 is suggested"


def _commands(command: click.Command, ctx: click.Context) -> Iterator[tuple[str, str]]:
    if isinstance(command, click.Group):
        if ctx.parent is not None:
            yield ctx.command_path, command.get_help(ctx)
        for name in command.list_commands(ctx):
            child = command.get_command(ctx, name)
            assert child is not None
            yield from _commands(child, click.Context(child, parent=ctx, info_name=name))
    else:
        yield ctx.command_path, command.get_help(ctx)


def commands_page() -> str:
    """The help of every command, and the exit codes."""
    context = click.Context(sandan, info_name="sandan", terminal_width=100, max_content_width=100)
    text = "# Commands\n\n```\n" + sandan.get_help(context) + "\n```\n"
    for path, shown in _commands(sandan, context):
        text += f"\n## {path}\n\n```\n{shown}\n```\n"
    text += "\n## Exit codes\n\n"
    rows = [(code, cls.__name__, (cls.__doc__ or "").splitlines()[0]) for cls, code in EXIT_CODES.items()]
    return text + table(["code", "error", "who acts"], rows)


def settings_page() -> str:
    """`sandan.toml` and its environment variables."""
    text = "# Settings\n\n"
    text += "In `sandan.toml`; each can be overridden by its variable. Secrets are never in the file.\n\n"
    rows: list[tuple[Any, ...]] = []
    for section, cls in (("store", StoreSettings), ("web", WebSettings)):
        rows += [
            (f"[{section}]", f.name, f"`{f.default}`", f"`SANDAN_{section.upper()}_{f.name.upper()}`")
            for f in fields(cls)
        ]
    return text + table(["table", "name", "default", "environment"], rows)


def access_page() -> str:
    """Who may do what, and how errors are answered."""
    domains = installed_domains()
    permissions: dict[str, Permission] = {p.id: p for d in domains for p in d.permissions}
    text = "# Roles and permissions\n\n"
    text += table(
        ["permission", "한국어", "English", *(ROLE_NAMES[role].en for role in Role)],
        (
            (p.id, p.name.ko, p.name.en, *("●" if role in {*p.roles, Role.ADMIN} else "" for role in Role))
            for p in permissions.values()
        ),
    )
    text += "\n## Errors over HTTP\n\n"
    return text + table(
        ["status", "error", "who acts"],
        ((code, cls.__name__, (cls.__doc__ or "").splitlines()[0]) for cls, code in CODES.items()),
    )


def tariffs_page() -> str:
    """Every price and rule a bill is made of, with its version, how sure it is and where it was read."""
    text = "# Tariffs\n\nMarks: S sourced, F from a public file that quotes KEPCO, D derived from those, "
    text += "U not found (a setting). [How a bill comes about](../explanation/bill.md).\n"
    text += "\n## Prices\n\nBase in won/kW and month; energy in won/kWh, light · mid · peak.\n\n"
    text += table(
        ["contract", "voltage", "option", "from", "base", "summer", "spring, autumn", "winter", ""],
        (
            (
                KINDS[one.kind].ko,
                VOLTAGES[one.voltage].ko,
                OPTIONS[one.option].ko,
                one.version,
                f"{one.base:,.0f}",
                *(" · ".join(f"{price:.1f}" for price in prices) for prices in one.prices),
                one.price_source.mark,
            )
            for one in tariffs()
        ),
    )
    for name, title in (
        ("versions", "Which hours and days go with which version"),
        ("hours", "Hours"),
        ("seasons", "Seasons of the energy price"),
        ("demand", "Billing demand"),
        ("power_factor", "Power factor"),
        ("excess", "Surcharge above the contract power"),
        ("levies", "Climate, fuel, fund, tax"),
        ("rounding", "Rounding"),
        ("temporary_holidays", "Temporary holidays, which are no holidays to the tariff"),
    ):
        rows = _rows("sandan.energy.engine.tariff", f"{name}.csv")
        text += f"\n## {title}\n\n" + table(list(rows[0]), (tuple(row.values()) for row in rows))
    sources = sorted({(one.price_source.mark, one.price_source.where) for one in tariffs()})
    return text + "\n## Sources of the prices\n\n" + table(["", "source"], sources)


PAGES = {
    "tariffs.md": tariffs_page,
    "twin.md": twin_page,
    "control.md": control_page,
    "programme.md": programme_page,
    "commands.md": commands_page,
    "settings.md": settings_page,
    "access.md": access_page,
}


def main() -> None:
    """Write every page."""
    for name, make in PAGES.items():
        (FOLDER / name).write_text(HEAD + make(), encoding="utf-8")
        sys.stdout.write(f"docs/reference/{name}\n")


if __name__ == "__main__":
    main()
