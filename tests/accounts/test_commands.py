"""`sandan user …`, as it is run on the machine itself."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field

import click
import pytest
from click.testing import CliRunner

from sandan.access import SYSTEM
from sandan.accounts.commands import user
from sandan.accounts.records import get_account
from sandan.accounts.service.signing import Door, Visitor, session_limits, sign_in
from sandan.accounts.service.tokens import find_token, grantable
from sandan.domain import installed_domains
from sandan.errors import Conflict, InvalidInput
from sandan.settings import Settings

pytestmark = pytest.mark.parametrize("registry_url", ["sqlite"], indirect=True)


@dataclass
class Terminal:
    """What `sandan` hands to a command, on the store of the test."""

    kept: object
    clock: object
    settings: Settings = field(default_factory=Settings)
    actor: object = SYSTEM
    language: str = "en"

    @contextmanager
    def store(self, *, create=False):
        yield self.kept

    def say(self, text, *, err=False):
        click.echo(text.in_(self.language), err=err)


@pytest.fixture
def run(people, clock):
    def run(*words, answers=""):
        done = CliRunner().invoke(user, list(words), obj=Terminal(people, clock), input=answers)
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.output

    return run


def test_a_person_is_added_with_a_one_time_password(run, people, clock):
    """It is printed once and lets the person in."""
    said = run("add", "Kim", "--role", "firm", "--firm", "firm-1")
    once = said.split("password: ")[1].split()[0]
    opened = sign_in(people, Door(), "kim", once, Visitor(""), session_limits(Settings()), clock.now())
    assert opened.account.must_change
    assert opened.account.tenant == "firm-1"


def test_a_password_may_be_asked_for(run, people):
    """Typed twice, never on the command line; a weak one is refused."""
    assert "One-time" not in run("add", "lee", "--role", "viewer", "--ask", answers="long enough it is\n" * 2)
    with people.registry.read() as conn:
        assert not get_account(conn, "lee").must_change
    with pytest.raises(InvalidInput):
        run("password", "lee", "--ask", answers="short\nshort\n")


def test_people_are_listed_with_their_state(run):
    """One line each; a word narrows it."""
    run("disable", "watch")
    lines = run("list").splitlines()
    assert [line.split("\t")[0] for line in lines] == ["boss", "maker", "reader", "watch"]
    assert "[disabled]" in lines[3]
    assert run("list", "firm-1").startswith("maker\t")
    run("enable", "watch")
    assert "[disabled]" not in run("list")
    with pytest.raises(Conflict):
        run("disable", "boss")


def test_a_password_is_given_anew(run, people, clock):
    """For an administrator who forgot, from the machine itself."""
    once = run("password", "boss").split("password: ")[1].split()[0]
    assert sign_in(people, Door(), "boss", once, Visitor(""), session_limits(Settings()), clock.now())


def test_a_token_is_issued_on_behalf_of_a_person(run, people, clock):
    """Printed once; the log says that it was done from the machine; a scope that is none is refused."""
    with pytest.raises(InvalidInput):
        run("token", "boss", "--name", "수집기", "--scope", "no.such")
    with people.registry.read() as conn:
        boss = get_account(conn, "boss").actor()
    every = [permission for domain in installed_domains() for permission in domain.permissions]
    chosen = grantable(boss, every)[0]
    secret = run("token", "boss", "--name", "수집기", "--scope", chosen.id, "--days", "7").split()[-1]
    token, owner = find_token(people, secret, clock.now())
    assert (owner.login, token.scope) == ("boss", {chosen.id})
    with people.registry.read() as conn:
        (issued,) = people.events.find(conn, kind="TokenIssued")
    assert (issued.actor, issued.subject) == (SYSTEM.id, "account:boss")


def test_help_names_every_command(run):
    """And says what each does."""
    said = run("--help")
    for name in ("add", "list", "disable", "enable", "password", "token"):
        assert f"\n  {name} " in said
