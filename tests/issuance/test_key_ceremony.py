"""The ceremonies as they are typed: `python -m issuance.cli keys …`."""

import concurrent.futures
from collections.abc import Callable
from datetime import timedelta

import pytest
from tests.clients import key_text
from tests.issuance.builders import settings_for
from typer.testing import CliRunner, Result

from common import clock
from issuance import cli, terminal

MAKER, CHECKER = ("--as", "Budi Santoso"), ("--as", "Rini Astuti")
Type = Callable[..., Result]


@pytest.fixture
def database_url(new_database) -> str:
    return str(new_database("issuance"))


@pytest.fixture
def typed(database_url, monkeypatch) -> Type:
    monkeypatch.setattr(terminal, "Settings", lambda: settings_for(database_url))

    def run(*arguments: str) -> Result:
        # The command runs its own event loop, as it does in a terminal.
        with concurrent.futures.ThreadPoolExecutor() as pool:
            return pool.submit(CliRunner().invoke, cli.app, list(arguments)).result()

    return run


def said(done: Result) -> str:
    assert done.exit_code == 0, done.output
    return done.output


def refused(done: Result) -> str:
    assert done.exit_code == 1, done.output
    return done.output.split("refused: ")[1].split()[0]


def test_a_key_goes_through_its_whole_life(typed, monkeypatch):
    assert "made and published" in said(typed("prepare"))
    assert "is there" in said(typed("prepare"))
    kid = said(typed("keys", "create", *MAKER, "--region", "62.01", "--starts", "now")).split()[0]
    assert refused(typed("keys", "activate", kid, *CHECKER)) == "key_not_published"
    assert "may be activated from" in said(typed("keys", "publish", kid, *MAKER))
    early = typed("keys", "activate", kid, *CHECKER)
    assert refused(early) == "key_too_young"
    # Both languages say what to do.
    assert "Aktifkan mulai" in early.output
    assert "--despite-offline-terminals" in early.output
    later = clock.utc_now() + timedelta(days=31)
    with monkeypatch.context() as then:
        then.setattr(clock, "utc_now", lambda: later)
        assert refused(typed("keys", "activate", kid, *MAKER)) == "key_needs_another"
        assert "is active, by Rini Astuti" in said(typed("keys", "activate", kid, *CHECKER))
    shown = said(typed("keys", "show", kid))
    for words in (
        "Kotawaringin Barat",
        "created     by Budi Santoso",
        "activated   by Rini Astuti",
    ):
        assert words in shown
    assert "verify_only" in said(typed("keys", "retire", kid, *CHECKER))
    assert "retired" in said(typed("keys", "retire", kid, *CHECKER))
    listed = said(typed("keys", "list"))
    assert f"{kid}  Ed25519  retired      62.01" in listed
    assert refused(typed("keys", "retire", kid, *CHECKER)) == "key_state_impossible"


def test_what_cannot_be_is_refused_in_words(typed):
    said(typed("prepare"))
    first = said(typed("keys", "list")).split()[0]
    assert refused(typed("keys", "retire", first, *CHECKER)) == "key_without_successor"
    assert refused(typed("keys", "show", "00000000")) == "key_unknown"
    assert refused(typed("keys", "create", *MAKER, "--region", "63")) == "region_unknown"
    assert refused(typed("keys", "create", "--as", " ")) == "operator_unnamed"
    assert refused(typed("keys", "create", *MAKER, "--device", "x")) == "device_uri_malformed"
    assert typed("keys", "create").exit_code == 2
    assert typed("keys", "create", *MAKER, "--starts", "besok").exit_code == 2
    no_device = typed("keys", "create", *MAKER, "--device", "pkcs11:token=a")
    assert (no_device.exit_code, "PKCS11_MODULE" in no_device.output) == (2, True)


def test_a_theft_shows_what_follows_and_does_nothing_until_it_is_confirmed(typed):
    said(typed("prepare"))
    kid = said(typed("keys", "list")).split()[0]
    shown = said(typed("keys", "compromise", kid))
    for words in (
        "On-line terminals refuse all these cards within seconds",
        "Terminal luring menolaknya setelah kontak berikutnya",
        "There is NO other key for this place",
        "nothing was changed",
    ):
        assert words in shown
    assert "active" in said(typed("keys", "list"))
    confirm = ("keys", "compromise", kid, *CHECKER)
    assert refused(typed(*confirm, "--confirm", "0badc0de")) == "key_not_confirmed"
    assert refused(typed(*confirm, "--confirm", kid)) == "key_reason_missing"
    assert refused(typed("keys", "compromise", kid, "--confirm", kid)) == "operator_unnamed"
    done = typed(*confirm, "--confirm", kid, "--reason", "server dicuri")
    assert "is compromised" in said(done)
    assert "server dicuri" in said(typed("keys", "show", kid))
    assert refused(typed(*confirm, "--confirm", kid, "--reason", "x")) == "key_state_impossible"


def test_the_master_key_is_changed_at_once_for_all_or_not_at_all(typed, tmp_path):
    said(typed("prepare"))
    new = tmp_path / "new"
    rewrap = ("keys", "rewrap", *CHECKER, "--new-master-key-file", str(new))
    assert typed(*rewrap).exit_code == 2
    new.write_text("not a key")
    assert typed(*rewrap).exit_code == 2
    new.write_text(key_text(8))
    assert "1 keys are sealed" in said(typed(*rewrap))
    again = typed(*rewrap)
    assert (again.exit_code, "nothing was changed" in again.output) == (2, True)
