"""The `sandan` command: its own few verbs, and each domain's.

Errors leave with the exit codes of sysexits (`EXIT_CODES`), so that a script can tell bad input
from a store that does not answer.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import click
import uvicorn

from sandan.access import SYSTEM, Actor
from sandan.app import build_app, open_stores, store_addresses
from sandan.clock import Clock, SystemClock
from sandan.console import absolute, ask, listening
from sandan.control import HazardDesk, area_settings, telling_settings
from sandan.domain import ROLES, ProcessRole, installed_domains
from sandan.errors import Conflict, Finding, InvalidInput, NotAllowed, NotFound, SandanError, Unavailable
from sandan.flows.day_ahead import plan_day_ahead
from sandan.flows.demo import prepare_demo
from sandan.flows.incident_response import answer_alarm
from sandan.settings import Settings, StoreSettings, load_settings
from sandan.store import Store, backup, restore
from sandan.twin.demo import DemoParams
from sandan.words import Language, Text

EXIT_CODES: dict[type[SandanError], int] = {
    InvalidInput: os.EX_DATAERR,
    NotFound: os.EX_NOINPUT,
    NotAllowed: os.EX_NOPERM,
    Conflict: os.EX_TEMPFAIL,
    Unavailable: os.EX_UNAVAILABLE,
}
DOMAINS = installed_domains()
DEMO_FOLDER = Path("data/demo")
ELSEWHERE = frozenset({"status", "backup", "import", "export", "respond"})
"""Commands that a running server does for us: they need samples, which are its own while it runs."""


@dataclass(slots=True)
class Runtime:
    """What every command is given: the settings, the clock, who runs it, and the store when asked."""

    settings: Settings
    clock: Clock
    actor: Actor
    language: Language
    open: Store | None = None
    """The store of the server in which this command runs; it stays open."""

    @contextmanager
    def store(self, *, create: bool = False) -> Iterator[Store]:
        """The store the settings name, closed afterwards."""
        if self.open is not None:
            yield self.open
            return
        with open_stores(self.settings, create=create) as store:
            yield store

    def say(self, text: Text, *, err: bool = False) -> None:
        click.echo(text.in_(self.language), err=err)


def _language() -> Language:
    spoken = os.environ.get("SANDAN_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    return "ko" if spoken.startswith("ko") else "en"


class Commands(click.Group):
    """A group whose commands answer Sandan's errors in words and with an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except SandanError as error:
            language = ctx.obj.language if ctx.obj is not None else _language()
            click.echo(error.in_(language), err=True)
            code = next((EXIT_CODES[cls] for cls in type(error).__mro__ if cls in EXIT_CODES), 1)
            ctx.exit(code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sandan")
@click.option(
    "--settings",
    "path",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("sandan.toml"),
    envvar="SANDAN_SETTINGS",
    show_default=True,
    help="The settings file; each setting can be overridden by SANDAN_<SECTION>_<NAME>.",
)
@click.pass_context
def sandan(ctx: click.Context, path: Path) -> None:
    """Run a smart green industrial complex, and prove what its transformation promised."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for chatty in ("alembic", "asyncua", "httpx", "pymodbus"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    if ctx.obj is not None:  # given by the server this command was handed to
        return
    ctx.obj = Runtime(load_settings(path), SystemClock(), SYSTEM, _language())
    if ctx.invoked_subcommand in ELSEWHERE and not {"-h", "--help"} & set(sys.argv[1:]):
        code = ask(ctx.obj.settings.folder, absolute(sandan, sys.argv[1:]), ctx.obj.language)
        if code is not None:
            ctx.exit(code)


DEMO_CONTROL = {
    "wind_error_direction": 10,
    "wind_error_speed": 0.2,
    "room_air_changes": 0.5,
    "minutes_to_leave": 15,
    "air_hour_share": 0.75,
    "stack_half_hour_share": 0.75,
    "stack_over_in_a_row": 3,
    "stack_over_in_a_week": 8,
    "permit_alarm_reach": {"*": 50, "nh3": 200, "h2s": 200},
    "permit_after_minutes": {"hot_work": 30},
    "permit_longest_hours": {"hot_work": 8, "confined_space": 8},
    "permit_weather_limits": {"excavation_rain": 5, "hot_wind": 5},
    "permit_air_limits": {"hot_gas_free": 10},
    "permit_air_test_minutes": 120,
}
"""What an operator would set, so that the demo shows it: no source gives these figures."""


@sandan.command()
@click.option("--firms", default=300, show_default=True, type=click.IntRange(50, 20_000))
@click.option("--seed", default=9, show_default=True, type=click.IntRange(0))
@click.option(
    "--days",
    default=8,
    show_default=True,
    type=click.IntRange(0, 366),
    help="Days of history; a forecast needs more than a week.",
)
@click.option("--port", type=click.IntRange(1, 65535), envvar="PORT", help="Port on 127.0.0.1.")
@click.option("--fresh", is_flag=True, help="Throw the demo's data away and begin anew.")
@click.option(
    "--accident",
    type=click.FloatRange(0),
    help="Seconds after the start at which ammonia leaks for ten minutes, to practise with.",
)
@click.pass_obj
def demo(
    runtime: Runtime,
    firms: int,
    seed: int,
    days: int,
    port: int | None,
    fresh: bool,
    accident: float | None,
) -> None:
    """Serve a simulated complex; nothing to set up, everything labelled as simulated."""
    folder = runtime.settings.folder / DEMO_FOLDER
    if fresh and folder.exists():
        shutil.rmtree(folder)
    params = DemoParams(firms=firms, seed=seed)
    planned = {} if accident is None else {"accident": accident}
    settings = replace(
        runtime.settings,
        folder=folder,
        demo=True,
        web=replace(runtime.settings.web, host="127.0.0.1", port=port or runtime.settings.web.port),
        store=StoreSettings(),
        rest={"simulator": {"firms": firms, "seed": seed, **planned}, "control": dict(DEMO_CONTROL)},
    )
    runtime = replace(runtime, settings=settings)
    runtime.say(Text("모의 단지를 준비합니다…", "Preparing the simulated complex…"))
    with runtime.store(create=True) as store:
        begin = runtime.clock.now() - timedelta(days=days)
        with click.progressbar(length=1000, label={"ko": "이력", "en": "History"}[runtime.language]) as bar:

            def progress(reached: datetime) -> None:
                done = (reached - begin) / max(runtime.clock.now() - begin, timedelta(seconds=1))
                bar.update(max(0, min(1000, int(done * 1000)) - bar.pos))

            asyncio.run(prepare_demo(store, params, days, runtime.clock, progress))
            bar.update(1000 - bar.pos)
        _serve(runtime, store, ROLES)


@sandan.command()
@click.argument("alarm")
@click.option(
    "--report", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write the PDF here."
)
@click.pass_obj
def respond(runtime: Runtime, alarm: str, report: Path | None) -> None:
    """Answer ALARM at once: open an incident, compute the area, tell those it concerns."""
    settings = runtime.settings
    with runtime.store() as store:
        answered = answer_alarm(
            store,
            runtime.actor,
            alarm,
            runtime.clock.now(),
            hazard=HazardDesk(store, area_settings(settings.table("control"))),
            telling=telling_settings(settings),
            language=runtime.language,
        )
    if report is not None:
        report.write_bytes(answered.report)
    id, told = answered.incident.id, len(answered.told)
    reached = 0 if answered.area is None else len(answered.area.reached)
    runtime.say(
        Text(
            f"사건 {id}을(를) 열었습니다. 구역 안 기업 {reached}곳, 알린 곳 {told}곳.",
            f"Opened {id}: {reached} firm(s) in the area, {told} contact(s) told.",
        )
    )


@sandan.command()
@click.option("--hand-in", is_flag=True, help="Hand in the roofs' forecast for the next gate.")
@click.option("--bid", type=(click.IntRange(0, 23), click.IntRange(1, 4)), help="Hour and hours to bid for.")
@click.pass_obj
def day_ahead(runtime: Runtime, *, hand_in: bool, bid: tuple[int, int] | None) -> None:
    """Forecast until the end of tomorrow, plan every battery, and say what follows for grid and markets."""
    with runtime.store() as store:
        found = plan_day_ahead(store, runtime.actor, runtime.clock.now(), hand_in=hand_in, bid=bid)
    for line in found.told():
        runtime.say(line)


@sandan.command()
@click.option("--host", help="Address to bind; default from the settings.")
@click.option("--port", type=click.IntRange(1, 65535), envvar="PORT")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(sorted(ROLES)),
    help="Do only this; repeatable. With server databases, several processes share the work.",
)
@click.pass_obj
def serve(runtime: Runtime, host: str | None, port: int | None, roles: tuple[ProcessRole, ...]) -> None:
    """Serve the complex the settings describe."""
    web = runtime.settings.web
    web = replace(web, host=host or web.host, port=port or web.port)
    runtime = replace(runtime, settings=replace(runtime.settings, web=web))
    with runtime.store(create=True) as store:
        _serve(runtime, store, frozenset(roles) or ROLES)


class _Server(uvicorn.Server):
    """Prints the address once it really answers."""

    def __init__(self, config: uvicorn.Config, ready: Text, language: Language) -> None:
        super().__init__(config)
        self._ready = ready.in_(language)

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]  # uvicorn types sockets narrower
        await super().startup(sockets)  # type: ignore[arg-type]  # as above
        if self.started:
            click.echo(self._ready)


def _serve(runtime: Runtime, store: Store, roles: frozenset[ProcessRole]) -> None:
    web = runtime.settings.web
    app = build_app(runtime.settings, store, runtime.clock, roles=roles, domains=DOMAINS)
    config = uvicorn.Config(
        app,
        host=web.host,
        port=web.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=web.https,
        timeout_graceful_shutdown=3,
    )
    address = f"http://{web.host}:{web.port}"
    ready = Text(f"산단이 준비되었습니다: {address}", f"Sandan is ready: {address}")
    server = _Server(config, ready, runtime.language)

    def run(arguments: Sequence[str], language: Language) -> int:
        given = replace(runtime, open=store, language=language)
        try:
            answer = sandan.main(arguments, "sandan", standalone_mode=False, obj=given)
        except click.ClickException as error:
            error.show()
            return error.exit_code
        except click.exceptions.Abort:
            return 1
        return answer if isinstance(answer, int) else 0

    with listening(runtime.settings.folder, run):
        server.run()
    if not server.started:
        raise Unavailable(
            Text(
                f"{address}에서 시작하지 못했습니다. 다른 프로그램이 쓰고 있다면 PORT를 바꾸십시오.",
                f"Could not start at {address}. If another program uses it, set PORT.",
            )
        )


@sandan.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=Path())
@click.pass_obj
def init(runtime: Runtime, folder: Path) -> None:
    """Make a new, empty complex in FOLDER: settings file, stores, first administrator."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "sandan.toml"
    if path.exists():
        raise Conflict(
            Text(
                f"{path}이(가) 이미 있습니다. 다른 폴더를 고르십시오.",
                f"{path} already exists. Choose another folder.",
            )
        )
    path.write_text(_FIRST_SETTINGS, encoding="utf-8")
    runtime = replace(runtime, settings=load_settings(path))
    with runtime.store(create=True) as store:
        for domain in DOMAINS:
            if domain.first_run is not None:
                for line in domain.first_run(store, runtime.clock.now(), os.environ):
                    runtime.say(line)
    runtime.say(
        Text(
            f"{path}을(를) 만들었습니다. 다음: sandan --settings {path} serve",
            f"Made {path}. Next: sandan --settings {path} serve",
        )
    )


_FIRST_SETTINGS = """\
# Sandan settings. Every one can be overridden: [web] port is SANDAN_WEB_PORT.
# Secrets (database passwords, broker passwords) are read from the environment only.

[store]
registry = "sqlite:///data/registry.db"      # or postgresql://user@host/database
historian = "chdb:///data/historian"         # or clickhouse://user@host:8123,host2:8123/database
keep_months = 0                              # 0 keeps every raw sample

[web]
host = "127.0.0.1"
port = 8000
https = false                                # true behind a TLS proxy
"""


@sandan.group("import")
def import_() -> None:
    """Bring in firms, places, points and readings, with a preview of every finding."""


@sandan.group()
def export() -> None:
    """Take out things and samples in open formats."""


@sandan.command()
@click.option("--verify", is_flag=True, help="Walk the event chain and say where it breaks.")
@click.pass_obj
def status(runtime: Runtime, verify: bool) -> None:
    """What the stores hold, and whether the record of events is whole."""
    with runtime.store() as store:
        with store.registry.read() as conn:
            things, points, events = (
                store.things.count(conn),
                store.points.count(conn),
                store.events.count(conn),
            )
        samples, size = store.historian.count(), store.historian.size()
        per = f"{size / samples:.1f}" if samples else "–"
        runtime.say(
            Text(
                f"설비·장소 {things:,} · 측정점 {points:,} · 사건 {events:,}\n"
                f"시료 {samples:,} · 저장 {size / 1e6:,.1f} MB (시료당 {per} B)",
                f"things {things:,} · points {points:,} · events {events:,}\n"
                f"samples {samples:,} · on disk {size / 1e6:,.1f} MB ({per} B a sample)",
            )
        )
        if not verify:
            return
        with store.registry.read() as conn:
            found = store.events.verify(conn)
    if found.ok:
        runtime.say(
            Text(f"사건 기록 {found.length:,}건이 온전합니다.", f"All {found.length:,} events are whole.")
        )
        return
    raise InvalidInput(
        [
            Finding(
                f"event {found.broken_at}",
                found.reason or Text("사슬이 끊겼습니다.", "the chain is broken."),
                Text("백업과 대조하십시오.", "compare with a backup."),
            )
        ]
    )


@sandan.command("backup")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.pass_obj
def backup_(runtime: Runtime, folder: Path) -> None:
    """Copy everything to FOLDER while Sandan runs."""
    with runtime.store() as store:
        manifest = backup(store, folder, runtime.clock.now())
    runtime.say(Text(f"백업을 마쳤습니다: {folder} ({manifest})", f"Backed up to {folder} ({manifest})"))


@sandan.command("restore")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.pass_obj
def restore_(runtime: Runtime, folder: Path) -> None:
    """Put back what `backup` copied, into empty stores, and verify it."""
    restore(folder, *store_addresses(runtime.settings))
    runtime.say(Text(f"{folder}에서 되돌렸습니다.", f"Restored from {folder}."))


for _domain in DOMAINS:
    for _command in _domain.commands:
        sandan.add_command(_command)
    for _command in _domain.imports:
        import_.add_command(_command)
    for _command in _domain.exports:
        export.add_command(_command)


def main() -> None:
    """Entry point."""
    sys.exit(sandan(prog_name="sandan"))
