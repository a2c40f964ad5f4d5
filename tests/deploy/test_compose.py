"""docker-compose.yml and what it mounts: no Docker engine is needed to see that the parts fit."""

import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import jsonschema
import pytest
import yaml
from tests import servers

from common.auth.permissions import ROLES
from common.sealed_to import public_key_of
from common.settings import ServiceSettings, decode_key
from local.services import SERVICES, SIGNERS
from redemption.payments.result_problems import RESULT_BYTES_MAX

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = Path(__file__).parent / "compose-spec" / "compose-spec.json"
SIGNING_KEY = "signing_master_key"


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


@pytest.fixture(scope="module")
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `deploy/make_secrets.py` writes, made by a copy of it with no packages at hand."""
    deploy = tmp_path_factory.mktemp("site") / "deploy"
    shutil.copytree(ROOT / "deploy" / "local", deploy / "local")
    shutil.copy(ROOT / "deploy" / "make_secrets.py", deploy)
    script = [sys.executable, "-I", "-S", "-c", MAKE_SECRETS, str(deploy)]
    for _ in range(2):
        subprocess.run(script, check=True, capture_output=True)
    return deploy / "secrets"


MAKE_SECRETS = """
import runpy, sys
sys.path.insert(0, sys.argv[1])
runpy.run_path(sys.argv[1] + "/make_secrets.py", run_name="__main__")
"""


def test_the_file_follows_the_compose_specification(compose: dict[str, Any]):
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(compose)


def test_every_secret_that_is_mounted_is_declared_and_made(
    compose: dict[str, Any], secrets_folder: Path
):
    used = {name for part in compose["services"].values() for name in part.get("secrets", ())}
    assert used == set(compose["secrets"])
    for name, secret in compose["secrets"].items():
        assert secret["file"] == f"deploy/secrets/{name}"
        assert (secrets_folder / name).read_text().strip()
    assert secrets_folder.stat().st_mode & 0o077 == 0


def test_every_secret_file_that_a_process_is_told_of_is_mounted_there(compose: dict[str, Any]):
    for name, part in compose["services"].items():
        told = re.findall(r"/run/secrets/(\w+)", json.dumps(part.get("environment", {})))
        assert set(told) <= set(part.get("secrets", ())), name


def test_only_the_processes_that_sign_get_the_key_of_the_signing_keys(compose: dict[str, Any]):
    holders = {n for n, p in compose["services"].items() if SIGNING_KEY in p.get("secrets", ())}
    assert holders == {"issuance-migrate", "issuance-signer"}
    for name in holders:
        secrets = compose["services"][name]["secrets"]
        assert not [one for one in secrets if "amqp" in one or "oidc" in one]
        assert compose["services"][name]["networks"] == ["inside"]


def test_only_one_process_gets_the_key_that_opens_pins(
    compose: dict[str, Any], secrets_folder: Path
):
    holders = {
        n for n, p in compose["services"].items() if "pin_private_key" in p.get("secrets", ())
    }
    assert holders == {"redemption-worker"}
    private = decode_key((secrets_folder / "pin_private_key").read_text())
    public = decode_key((secrets_folder / "pin_public_key").read_text())
    assert isinstance(private, bytes)
    assert public == public_key_of(private)


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_a_migration_an_api_and_a_worker_of_one_image(
    compose: dict[str, Any], service: str
):
    parts = [compose["services"][f"{service}-{role}"] for role in ("migrate", "api", "worker")]
    assert {part["image"] for part in parts} == {f"khbs-{service}"}
    assert {part["build"]["args"]["SERVICE"] for part in parts} == {service}
    migrate, api, worker = parts
    finished = {"condition": "service_completed_successfully"}
    assert api["depends_on"][f"{service}-migrate"] == finished
    assert worker["depends_on"][f"{service}-migrate"] == finished
    assert f"common.migrate {service} upgrade" in " ".join(migrate["command"])
    for part in parts:
        assert part["read_only"]
        assert part["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("service", SERVICES)
def test_the_settings_are_settings_that_the_services_know(compose: dict[str, Any], service: str):
    settings = importlib.import_module(f"{service}.settings").Settings
    known = {name.upper() for name in settings.model_fields}
    roles = ("migrate", "api", "worker", *(("signer",) if service in SIGNERS else ()))
    for role in roles:
        told = compose["services"][f"{service}-{role}"]["environment"]
        names = {name.removesuffix("_FILE") for name in told}
        assert names <= known
        needed = {n.upper() for n, f in settings.model_fields.items() if f.is_required()}
        assert needed - {"SERVICE"} <= names


def test_keys_have_the_form_that_services_read(secrets_folder: Path):
    keys = [path for path in secrets_folder.iterdir() if path.name.endswith("_key")]
    keys = [path for path in keys if path.name != "site_certificate_key"]
    assert len(keys) == 13
    assert len({decode_key(path.read_text()) for path in keys}) == len(keys)


def test_only_the_proxy_can_be_reached_from_outside(compose: dict[str, Any]):
    assert [name for name, part in compose["services"].items() if "ports" in part] == ["caddy"]
    assert compose["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "rabbitmq", *(f"{service}-worker" for service in SERVICES)):
        assert compose["services"][name]["networks"] == ["inside"]


def test_the_first_start_makes_three_databases_closed_to_each_other(secrets_folder: Path):
    script = (ROOT / "deploy" / "postgres" / "init.sql").read_text()
    script = script.replace("/run/secrets", str(secrets_folder))
    with servers.postgres() as server:
        server.sql(script)
        at = server.admin_url.rpartition("@")[2].partition("/")[0]
        for service in SERVICES:
            url = (secrets_folder / f"{service}_database_url").read_text()
            here = url.replace("postgres:5432", at)
            assert server.sql("CREATE TABLE t (); SELECT current_user;", here) == service
            for other in {*SERVICES, "postgres", "template1"} - {service}:
                with pytest.raises(RuntimeError, match="permission denied for database"):
                    server.sql("SELECT 1;", f"{here.rpartition('/')[0]}/{other}")


def test_the_certificate_is_for_the_host_names_and_signed_by_the_authority(secrets_folder: Path):
    authority, certificate = secrets_folder / "site_authority", secrets_folder / "site_certificate"
    command = ["openssl", "verify", "-CAfile", str(authority), str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    assert not (secrets_folder / "authority.key").exists()


def test_the_proxy_passes_each_host_name_to_a_part_that_exists(compose: dict[str, Any]):
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text()
    targets = re.findall(r"reverse_proxy (\S+):(\d+)", caddyfile)
    assert {name for name, _ in targets} == {*(f"{name}-api" for name in SERVICES), "keycloak"}
    names = set(re.findall(r"\{\$(\w+_HOST)", caddyfile))
    assert names < set(compose["services"]["caddy"]["environment"])


def test_the_proxy_lets_the_largest_file_of_a_bank_through_and_nothing_else_so_large():
    site = (ROOT / "deploy" / "Caddyfile").read_text().partition("REDEMPTION_HOST")[2]
    named = dict(re.findall(r"@(\w+) (?:not )?path_regexp (\S+)$", site, re.MULTILINE))
    sizes = dict(re.findall(r"request_body @(\w+) \{\s+max_size (\d+)MB", site))
    assert named.keys() == sizes.keys() == {"results", "others"}
    assert int(sizes["results"]) * 1_000_000 > RESULT_BYTES_MAX > int(sizes["others"]) * 1_000_000
    form = named["results"]
    assert form == named["others"]
    assert re.search(form, f"/payments/{UUID(int=7)}/results")
    assert not re.search(form, "/v1/journal/segments")


def test_the_image_is_built_only_from_what_the_build_may_see():
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    allowed = [
        line[1:]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    ]
    copied = [
        path
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for path in line.split()[:-1]
    ]
    for path in copied:
        assert (ROOT / path.replace("${SERVICE}", "registry")).exists()
        assert any(path.startswith(place) for place in allowed), path
    assert re.search(r"^USER \d+$", dockerfile, re.MULTILINE)
    assert dockerfile.count("--require-hashes") == 2


def test_keycloak_gives_the_claims_and_roles_that_the_services_read():
    realm = json.loads((ROOT / "deploy" / "keycloak" / "khbs-realm.json").read_text())
    assert {role["name"] for role in realm["roles"]["realm"]} == set(ROLES)
    (scope,) = realm["clientScopes"]
    mappers = {m["name"]: m["config"] for m in scope["protocolMappers"]}
    settings = ServiceSettings.model_fields
    assert mappers["roles"]["claim.name"] == settings["oidc_roles_claim"].default
    assert mappers["regions"]["claim.name"] == "khbs_regions"
    assert mappers["partner"]["claim.name"] == "khbs_partner"
    assert mappers["audience"]["included.custom.audience"] == settings["oidc_audience"].default
    assert {client["clientId"] for client in realm["clients"]} == set(SERVICES)
    for client in realm["clients"]:
        assert scope["name"] in client["defaultClientScopes"]
