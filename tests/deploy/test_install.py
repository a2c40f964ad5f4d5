"""What set-up does to the machine: no server is started, and nothing of others is changed."""

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from local import accounts
from local.accounts import ServerAccount, data_place, reachable_package

INSTALL = Path(__file__).resolve().parents[2] / "deploy" / "install"
NOBODY = ServerAccount(uid=65534, gid=65534)
BEFORE = "#!/bin/sh\necho the owner's own policy\n"


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def surroundings(tmp_path: Path, *, user_id: int, apt_exit: int = 0) -> dict[str, str]:
    """A machine on which `apt-get` only notes whether services may start while it runs."""
    programs = tmp_path / "bin"
    programs.mkdir()
    program(programs, "id", f"echo {user_id}")
    program(programs, "apt-get", f'sh "$POLICY_FILE"; echo $? >>"$NOTES"; exit {apt_exit}')
    program(programs, "update-rc.d", "exit 0")
    program(programs, "systemctl", "exit 0")
    return {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "POLICY_FILE": str(tmp_path / "policy-rc.d"),
        "NOTES": str(tmp_path / "notes"),
        "RABBITMQ_SERVER": str(tmp_path / "missing"),
    }


def install_rabbitmq(env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    script = ["sh", str(INSTALL / "rabbitmq.sh")]
    return subprocess.run(script, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("apt_exit", [0, 100])
def test_services_may_not_start_during_an_installation_and_the_policy_is_put_back(
    tmp_path: Path, apt_exit: int
):
    env = surroundings(tmp_path, user_id=0, apt_exit=apt_exit)
    policy = tmp_path / "policy-rc.d"
    policy.write_text(BEFORE)
    assert (install_rabbitmq(env).returncode == 0) == (apt_exit == 0)
    assert set((tmp_path / "notes").read_text().split()) == {"101"}
    assert policy.read_text() == BEFORE


def test_a_policy_that_was_not_there_is_not_there_afterwards(tmp_path: Path):
    env = surroundings(tmp_path, user_id=0)
    assert install_rabbitmq(env).returncode == 0
    assert not (tmp_path / "policy-rc.d").exists()


def test_who_may_not_install_is_told_the_ways_in_both_languages(tmp_path: Path):
    env = surroundings(tmp_path, user_id=1000)
    told = install_rabbitmq(env)
    assert told.returncode == 1
    for words in ("Pilih salah satu cara", "Choose one way", "AMQP_URL", "docker compose"):
        assert words in told.stderr
    assert not (tmp_path / "notes").exists()


def test_a_broker_given_from_outside_needs_no_installation(tmp_path: Path):
    env = surroundings(tmp_path, user_id=1000) | {"AMQP_URL": "amqp://elsewhere"}
    assert install_rabbitmq(env).returncode == 0


def test_data_goes_elsewhere_when_the_servers_account_cannot_enter_and_no_permission_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(accounts, "ROOTS_PLACE", tmp_path / "roots")
    home = tmp_path / "home"
    run_dir = home / "khbs" / ".run"
    run_dir.mkdir(parents=True)
    home.chmod(0o700)
    assert not NOBODY.reaches(run_dir)
    place = data_place(run_dir, NOBODY)
    assert place.is_relative_to(tmp_path / "roots")
    assert place == data_place(run_dir, NOBODY)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert data_place(run_dir, ServerAccount()) == run_dir


def test_programs_out_of_reach_are_copied_once_with_their_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(accounts, "ROOTS_PLACE", tmp_path / "roots")
    home = tmp_path / "home"
    package = home / "server"
    (package / "bin").mkdir(parents=True)
    program(package / "bin", "serve", "exit 0")
    (home / "server.libs").mkdir()
    (home / "server.libs" / "needed.so").write_text("")
    home.chmod(0o700)
    copy = reachable_package(package, "1.2", NOBODY)
    shutil.rmtree(home)
    assert stat.S_IMODE((copy / "bin" / "serve").stat().st_mode) == 0o755
    assert (copy.parent / "server.libs" / "needed.so").exists()
    assert reachable_package(package, "1.2", ServerAccount()) == package
