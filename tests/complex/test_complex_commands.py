"""`sandan import` and `sandan export`, as typed."""

from __future__ import annotations

import csv
import io
import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from sandan.access import SYSTEM
from sandan.complex.commands import EXPORTS, IMPORTS
from sandan.settings import Settings

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)
FIRMS = "회사명,공장관리번호,업종코드,종업원수,대표주소\n다솜기계,F-001,29271,35,경기도 어딘가시 새빛로 1\n"


@dataclass
class Running:
    """What `sandan` hands to its commands, on a store that is already open."""

    open_store: object
    clock: object
    language: str = "ko"
    actor: object = SYSTEM
    settings: Settings = field(default_factory=Settings)

    @contextmanager
    def store(self, *, create: bool = False):
        yield self.open_store

    def say(self, text, *, err: bool = False):
        click.echo(text.in_(self.language), err=err)


@pytest.fixture
def sandan(site, clock):
    """Runs one command."""

    def run(group, name, *arguments, stdin=None):
        (command,) = [one for one in group if one.name == name]
        running = Running(site.store, clock)
        return CliRunner().invoke(command, [str(one) for one in arguments], obj=running, input=stdin)

    return run


def test_import_previews_then_writes_then_has_nothing_to_do(sandan, tmp_path: Path, site):
    """A dry run writes nothing; `--yes` writes; again there is nothing to import."""
    file = tmp_path / "firms.csv"
    file.write_text(FIRMS, encoding="cp949")
    dry = sandan(IMPORTS, "firms", file, "--dry-run", "--parent", "complex")
    assert "추가 1" in dry.output
    assert "가져왔습니다" not in dry.output
    assert "가져왔습니다: 추가 1" in sandan(IMPORTS, "firms", file, "--yes", "--parent", "complex").output
    assert "가져올 것이 없습니다" in sandan(IMPORTS, "firms", file, "--yes", "--parent", "complex").output
    with site.store.registry.read() as conn:
        (event,) = site.store.events.find(conn, kind="ThingsImported")
    assert event.payload["added"] == 1


def test_import_asks_before_writing(sandan, tmp_path: Path):
    """Without `--yes` a "no" leaves everything as it was."""
    file = tmp_path / "firms.csv"
    file.write_text(FIRMS, encoding="utf-8")
    assert "아무것도 쓰지 않았습니다" in sandan(IMPORTS, "firms", file, stdin="n\n").output


def test_export_things_reads_back(sandan):
    """Each format holds every thing."""
    document = json.loads(sandan(EXPORTS, "geojson").output)
    assert len(document["features"]) == 9
    table = list(
        csv.DictReader(io.StringIO(sandan(EXPORTS, "csv", "--kind", "meter").output.lstrip("\ufeff")))
    )
    assert len(table) == 2
    entities = json.loads(sandan(EXPORTS, "ngsi-ld").output)
    assert len(entities) == 9 + 5
    assert len(json.loads(sandan(EXPORTS, "aas", "--under", "firm-a").output)["submodels"]) == 3


def test_export_samples_reads_back(sandan, tmp_path: Path):
    """Samples leave as CSV, every one once; a wrong date is told."""
    file = tmp_path / "samples.csv"
    done = sandan(
        EXPORTS,
        "samples",
        "--point",
        "meter-a.energy",
        "--from",
        "2026-03-04",
        "--to",
        "2026-03-05",
        "-o",
        file,
    )
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(io.StringIO(file.read_text(encoding="utf-8"))))
    assert sum(float(row["값"]) for row in rows) == 520
