"""The compose file and the Dockerfile, as far as they can be checked where no container runs."""

import re
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.both_databases import variables_of_care
from tests.setup.shell import ROOT, SECRET, manage, tool

pytestmark = pytest.mark.once
COMPOSE = ROOT / "docker-compose.yml"


@cache
def compose() -> dict[str, Any]:
    return yaml.safe_load(COMPOSE.read_text())


def services() -> dict[str, Any]:
    return compose()["services"]


def ours() -> dict[str, Any]:
    return {name: service for name, service in services().items() if "build" in service}


def test_the_compose_file_follows_the_specification():
    result = tool("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE))
    assert result.returncode == 0, result.stdout


def test_the_dockerfile_is_sound():
    result = tool("hadolint", str(ROOT / "Dockerfile"))
    assert result.returncode == 0, result.stdout


def test_everything_is_there():
    assert set(services()) == {"migrate", "web", "worker", "beat", "db", "redis", "mail"}


def test_whoever_waits_waits_for_something_that_can_be_ready():
    for name, service in services().items():
        for other, how in service.get("depends_on", {}).items():
            assert other in services(), name
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services()[other], other
            if how["condition"] == "service_completed_successfully":
                assert services()[other]["restart"] == "no"


def test_every_service_that_stays_has_a_healthcheck():
    staying = {name: service for name, service in services().items() if service["restart"] != "no"}
    assert all("healthcheck" in service for service in staying.values())


def test_every_named_volume_is_declared_and_used():
    named = {volume.split(":")[0] for service in services().values() for volume in service.get("volumes", [])}
    assert named == set(compose()["volumes"])


def test_every_command_of_ours_exists():
    for name, service in ours().items():
        command = service.get("command", ["gunicorn"])
        assert (Path(sys.executable).parent / command[0]).exists(), name
        if command[:2] == ["python", "manage.py"]:
            assert manage(command[2], "--help").returncode == 0, name


def test_every_variable_is_explained():
    used = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text()))
    given = {key for service in ours().values() for key in service["environment"]}
    read = set(re.findall(r'env\.\w+\(\s*"(\w+)"', (ROOT / "care/settings.py").read_text()))
    assert used | given | read <= variables_of_care()


def test_no_variable_is_explained_that_nobody_reads():
    read = (ROOT / "care/settings.py").read_text() + COMPOSE.read_text()
    assert [name for name in variables_of_care() if name not in read] == []


def test_nothing_listens_to_the_outside_by_itself():
    ports = [port for service in services().values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_image_takes_no_secret_along():
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    taken = {line[1:] for line in ignored if line.startswith("!")}
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}
    assert taken == packages | {"locale", "manage.py", "requirements.txt", "static", "templates"}


def test_the_image_runs_as_a_user_of_its_own():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER 10001" in lines
    assert lines.index("USER 10001") < next(number for number, line in enumerate(lines) if line.startswith("CMD"))


def test_static_files_can_be_gathered_for_production(tmp_path):
    result = manage(
        "collectstatic",
        "--no-input",
        SECRET_KEY=SECRET,
        CARE_VAR=str(tmp_path / "var"),
        STATIC_ROOT=str(tmp_path / "static"),
    )
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "static/staticfiles.json").exists()
