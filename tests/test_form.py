"""Settings of a connection name the variables of their secrets, and not Sandan's own."""

import pytest

from sandan.errors import InvalidInput
from sandan.form import Form


def test_a_secret_comes_from_the_variable_that_is_named(monkeypatch):
    """It is never written into the settings themselves."""
    monkeypatch.setenv("PLANT_MQTT", "소금")
    assert Form({"password_env": "PLANT_MQTT"}, "outlet").secret("password") == "소금"


@pytest.mark.parametrize("variable", ["SANDAN_REGISTRY_PASSWORD", "sandan_session_key"])
def test_whoever_sets_up_a_connection_cannot_send_sandans_own_secrets_away(variable, monkeypatch):
    """They would go to an address of that person's choice."""
    monkeypatch.setenv(variable, "salt")
    form = Form({"password_env": variable}, "outlet")
    assert form.secret("password") is None
    with pytest.raises(InvalidInput) as caught:
        form.finish()
    assert "salt" not in str([str(one.problem) for one in caught.value.findings])
