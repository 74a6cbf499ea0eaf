"""Settings that need more than a look: of the server that nodes share, and of proxies."""

from pathlib import Path

import pytest

from gatewright.settings import SettingError, Settings, settings_from

URL = "valkey://user:s3cret@localhost:6379/1"


def read(**environment: str) -> Settings:
    return settings_from(4566, Path("data"), {f"GATEWRIGHT_{name}": value for name, value in environment.items()})


def test_a_shared_server() -> None:
    settings = read(VALKEY_URL=URL, VALKEY_LOST="deny", VALKEY_TIMEOUT_MS="250")
    assert (settings.valkey_url, settings.valkey_denies, settings.valkey_timeout) == (URL, True, 250)
    assert "s3cret" not in repr(settings)
    settings = read(VALKEY_URL=URL)
    assert (settings.valkey_denies, settings.valkey_timeout) == (False, 100)
    assert read().valkey_url == ""


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"VALKEY_URL": "http://user:s3cret@localhost"}, "GATEWRIGHT_VALKEY_URL must be valkey://"),
        ({"VALKEY_URL": ""}, "GATEWRIGHT_VALKEY_URL must be valkey://"),
        ({"VALKEY_LOST": "deny"}, "GATEWRIGHT_VALKEY_LOST needs GATEWRIGHT_VALKEY_URL"),
        ({"VALKEY_TIMEOUT_MS": "200"}, "GATEWRIGHT_VALKEY_TIMEOUT_MS needs GATEWRIGHT_VALKEY_URL"),
        ({"VALKEY_URL": URL, "VALKEY_LOST": "open"}, "GATEWRIGHT_VALKEY_LOST must be local or deny, not 'open'"),
        ({"VALKEY_URL": URL, "VALKEY_TIMEOUT_MS": "20"}, "a whole number from 50 to 10000"),
        ({"VALKEY_URL": URL, "VIRTUAL_CLOCK": "1"}, "GATEWRIGHT_VIRTUAL_CLOCK cannot be used with"),
        ({"TRUSTED_PROXIES": "10.0.0.0/8, 0.0.0.0/0"}, "GATEWRIGHT_TRUSTED_PROXIES must be addresses or CIDR blocks"),
        ({"TRUSTED_PROXIES": "balancer"}, "GATEWRIGHT_TRUSTED_PROXIES must be addresses or CIDR blocks"),
    ],
)
def test_settings_that_cannot_be(environment: dict[str, str], words: str) -> None:
    with pytest.raises(SettingError) as caught:
        read(**environment)
    assert words in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_a_link_may_come_to_lead_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "now").write_text("{}")
    link = tmp_path / "principals.json"
    link.symlink_to("now")
    assert read(PRINCIPALS=str(link)).principals == link
    with pytest.raises(SettingError, match="GATEWRIGHT_PRINCIPALS must be the path of a file, not ''"):
        read(PRINCIPALS="")
