"""What the documentation promises exists: settings have their rows, files named in ARCHITECTURE.md are there."""

import dataclasses
import re
import runpy
from pathlib import Path

import pytest

from gatewright.execute.network import Address
from gatewright.execute.private_api import read_way
from gatewright.settings import DEFAULT_PORT, SettingError, Settings, settings_from

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/inside/0123456789abcdef"
SERVICE = "arn:aws:servicediscovery:eu-west-1:123456789012:service/srv-0123456789abcdef?stage=prod&color=green"
WRONG_TARGET = (
    "GATEWRIGHT_TARGETS must be ARN=HOST:PORT, for load balancers, their listeners or Cloud Map services, separated by"
    " commas, not "
)
ROOT = Path(__file__).parent.parent


def test_every_setting_has_its_row() -> None:
    page = (ROOT / "docs/settings.md").read_text()
    source = (ROOT / "src/gatewright/settings.py").read_text()
    for name in set(re.findall(r"GATEWRIGHT_[A-Z_]+[A-Z]", source)) - {"GATEWRIGHT_ENDPOINT"}:
        assert f"`{name}" in page, f"{name} is missing in docs/settings.md"
    assert len(dataclasses.fields(Settings)) == 24  # a new field: give it a row, then count it here


def test_files_named_in_the_architecture_exist() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    for name in re.findall(r"`((?:execute|server|wire|management|values|functions|docs)/[\w/.]+)`", page):
        assert (ROOT / "src/gatewright" / name).exists() or (ROOT / name).exists(), f"{name} is not there"


def headings(page: Path) -> set[str]:
    """The anchors that a page's headings have where it is shown."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in titles}


def test_links_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target, heading in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", page.read_text()):
            to = (page.parent / target).resolve() if target else page
            assert to.exists(), f"{page.name} leads to {target}"
            assert not heading or heading in headings(to), f"{page.name} leads to {target}#{heading}"


def test_the_page_of_what_is_served_is_the_codes() -> None:
    writer = runpy.run_path(str(ROOT / "docs/parity.py"))
    assert (ROOT / "docs/parity.md").read_text() == writer["page"](), "run: python docs/parity.py"


def test_settings_come_from_the_environment(tmp_path: Path) -> None:
    settings = settings_from(
        DEFAULT_PORT,
        tmp_path,
        {
            "GATEWRIGHT_SANDBOXES_PER_FUNCTION": "2",
            "GATEWRIGHT_ORIGINS": "https://console.example.com, https://b.example.com",
            "GATEWRIGHT_ENDPOINT_DYNAMODB": "http://127.0.0.1:8000/",
            "GATEWRIGHT_ENDPOINT_COGNITO_IDP": "http://127.0.0.1:9229",
            "GATEWRIGHT_ENDPOINT_URL": "http://127.0.0.1:5000",
            "GATEWRIGHT_TARGETS": (
                f"{BALANCER}=127.0.0.1:8080, {BALANCER.replace('loadbalancer', 'listener')}=[::1]:80, {SERVICE}=a:81"
            ),
            "GATEWRIGHT_VPC_ENDPOINTS": "vpce-1=vpc-1:10.0.0.0/8, vpce-1=vpc-1:::1",
            "GATEWRIGHT_INTEGRATION_TIMEOUT_MS": "300000",
            "GATEWRIGHT_STREAM_RATE": "0",
            "PATH": "/bin",
        },
    )
    assert settings == Settings(
        port=DEFAULT_PORT,
        data_dir=tmp_path.resolve(),
        sandboxes=100,
        sandboxes_per_function=2,
        origins=("https://console.example.com", "https://b.example.com"),
        hosts=(),
        endpoints={
            "dynamodb": "http://127.0.0.1:8000",
            "cognito-idp": "http://127.0.0.1:9229",
            "": "http://127.0.0.1:5000",
        },
        targets={
            BALANCER: Address("127.0.0.1", 8080),
            BALANCER.replace("loadbalancer", "listener"): Address("::1", 80),
            SERVICE: Address("a", 81),
        },
        vpc_endpoints=(read_way("vpce-1=vpc-1:10.0.0.0/8"), read_way("vpce-1=vpc-1:::1")),
        integration_timeout=300_000,
        stream_rate=0,
    )


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("GATEWRIGHT_SANDBOXES", "many", "GATEWRIGHT_SANDBOXES must be a whole number from 1 to 10000, not 'many'"),
        ("GATEWRIGHT_SANDBOXES", "0", "GATEWRIGHT_SANDBOXES must be a whole number from 1 to 10000, not '0'"),
        (
            *("GATEWRIGHT_INTEGRATION_TIMEOUT_MS", "300001"),
            "GATEWRIGHT_INTEGRATION_TIMEOUT_MS must be a whole number from 29000 to 300000, not '300001'",
        ),
        (
            "GATEWRIGHT_STREAM_RATE",
            "-1",
            "GATEWRIGHT_STREAM_RATE must be a whole number from 0 to 1000000000000, not '-1'",
        ),
        ("GATEWRIGHT_CACHE_KEY", "c2hvcnQ=", "GATEWRIGHT_CACHE_KEY must be 32 random bytes in base64"),
        ("GATEWRIGHT_CACHE_KEY", "no base64", "GATEWRIGHT_CACHE_KEY must be 32 random bytes in base64"),
        (
            *("GATEWRIGHT_VPC_ENDPOINTS", "vpce-1=10.0.0.0/8"),
            "GATEWRIGHT_VPC_ENDPOINTS must be ENDPOINT=VPC:CIDR, separated by commas, such as"
            " vpce-1=vpc-1:10.0.0.0/16: 'vpce-1=10.0.0.0/8' is no VPC endpoint with its VPC and a CIDR block",
        ),
        (
            *("GATEWRIGHT_VPC_ENDPOINTS", "vpce-1=vpc-1:10.0.0.1/8"),
            "GATEWRIGHT_VPC_ENDPOINTS must be ENDPOINT=VPC:CIDR, separated by commas, such as"
            " vpce-1=vpc-1:10.0.0.0/16: 10.0.0.1/8 has host bits set",
        ),
        ("GATEWRIGHT_TARGETS", "127.0.0.1:80", f"{WRONG_TARGET}'127.0.0.1:80'"),
        ("GATEWRIGHT_TARGETS", f"{BALANCER}=a:65536", f"{WRONG_TARGET}'{BALANCER}=a:65536'"),
        ("GATEWRIGHT_TARGETS", f"{BALANCER}=a b:1", f"{WRONG_TARGET}'{BALANCER}=a b:1'"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, name: str, value: str, message: str) -> None:
    with pytest.raises(SettingError) as caught:
        settings_from(DEFAULT_PORT, tmp_path, {name: value})
    assert str(caught.value) == message


def test_a_misspelt_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="GATEWRIGHT_SANDBOX is not a setting"):
        settings_from(DEFAULT_PORT, tmp_path, {"GATEWRIGHT_SANDBOX": "1"})
