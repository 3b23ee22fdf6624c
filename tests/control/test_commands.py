"""`sandan gateway …`, as it is run on the machine itself."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner
from tests.gateways import WebGateway

from sandan.access import SYSTEM
from sandan.control.commands import gateway
from sandan.errors import InvalidInput, NotFound
from sandan.settings import Settings

# Apprise looks at every service it knows, one of which still asks for a module that is going away.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def test_one_message_goes_through_a_gateway_only_where_it_is_said_to_be_live(clock):
    """What the gateway said decides how the command ends; in test mode the gateway hears nothing."""
    with WebGateway().open() as web:
        url = f"json://127.0.0.1:{web.port}/{{to}}"

        class Terminal:
            actor, language = SYSTEM, "en"

            def __init__(self, mode):
                table = {"gateways": {"sms": {"kind": "sms", "url": url}}}
                self.settings = Settings(
                    rest={"control": table}, environment={"SANDAN_CONTROL_TELLING": mode}
                )
                self.clock = clock

            def say(self, text, *, err=False):
                click.echo(text.en, err=err)

        def run(mode, *words):
            done = CliRunner().invoke(gateway, words, obj=Terminal(mode))
            if done.exception is not None and not isinstance(done.exception, SystemExit):
                raise done.exception
            return done

        inside = run("test", "sms", "000-0000")
        assert (inside.exit_code, web.heard) == (0, [])
        assert "SANDAN_CONTROL_TELLING=live" in inside.output
        web.answers.append(500)
        refused = run("live", "sms", "000-0000")
        assert (refused.exit_code, "500" in refused.output) == (1, True)
        assert run("live", "sms", "000-0000").output == "Accepted by the gateway\n"
        assert {one.path for one in web.heard} == {"/000-0000"}
        with pytest.raises(InvalidInput):
            run("live", "sms", "somebody")
        with pytest.raises(NotFound):
            run("live", "mail", "a@example.test")
