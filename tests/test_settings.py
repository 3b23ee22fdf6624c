"""Settings from the file and the environment."""

import pytest

from sandan.errors import InvalidInput
from sandan.settings import Settings, load_settings


def written(tmp_path, text: str):
    path = tmp_path / "sandan.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_the_defaults_serve_one_machine(tmp_path):
    """Nothing need be written to begin."""
    settings = load_settings(tmp_path / "sandan.toml", {})
    assert settings.web.port == 8000
    assert settings.store.registry.startswith("sqlite:///")
    assert settings.folder == tmp_path


def test_the_environment_wins_over_the_file(tmp_path):
    """Core settings and a domain's own table alike."""
    path = written(tmp_path, '[web]\nport = 9000\nhttps = false\n[ingest]\nlinger = 0.1\nname = "a"\n')
    env = {"SANDAN_WEB_PORT": "9100", "SANDAN_WEB_HTTPS": "yes", "SANDAN_INGEST_LINGER": "0.5"}
    settings = load_settings(path, env)
    assert (settings.web.port, settings.web.https) == (9100, True)
    assert settings.table("ingest") == {"linger": 0.5, "name": "a"}
    assert settings.table("nothing") == {}


def test_a_secret_from_the_environment_is_not_part_of_a_table(tmp_path):
    """Whoever prints a table prints no password."""
    settings = load_settings(
        tmp_path / "none.toml", {"SANDAN_MQTT_PASSWORD": "open-sesame", "SANDAN_MQTT_HOST": "h"}
    )
    assert settings.table("mqtt") == {"host": "h"}
    assert "open-sesame" not in repr(settings)


def test_every_mistake_is_named_at_once(tmp_path):
    """Unknown names, impossible values and secrets in the file, each with a remedy."""
    path = written(tmp_path, '[web]\nport = "many"\ncolour = 1\n[mqtt]\npassword = "secret"\n')
    with pytest.raises(InvalidInput) as caught:
        load_settings(path, {})
    assert {finding.where for finding in caught.value.findings} == {
        "[web] port",
        "[web] colour",
        "[mqtt] password",
    }
    assert "secret" not in str(caught.value.in_("en")).replace("secrets", "")


def test_broken_toml_is_the_writers_to_mend(tmp_path):
    """The line is named."""
    with pytest.raises(InvalidInput, match="1"):
        load_settings(written(tmp_path, "[web\n"), {})


def test_settings_can_be_made_without_any_source():
    """Tests and notebooks need no file."""
    assert Settings().table("x") == {}
