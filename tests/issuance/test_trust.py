"""The trust bundle: made by commands, published once everything is right, served and shown."""

import concurrent.futures
import json
import stat
from datetime import timedelta

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.clients import bearer, serving
from tests.issuance import key_scenes
from tests.issuance.builders import a_desk, settings_for
from tests.issuance.stretching import AS_BUILT, QUICK
from typer.testing import CliRunner

from common import clock
from common.cose_keys import in_groups, read_key_set
from common.ids import new_id
from common.problems import Refused
from common.trust_bundle import MEDIA_TYPE, verify_bundle
from issuance import cli, terminal
from issuance.app import create_app
from issuance.signing.change_key import operator
from issuance.status.allocate import allocate
from issuance.trust import root_key
from issuance.trust.ask import what_to_sign
from issuance.trust.prepare import renew_bundle
from issuance.trust.publish import publish_bundle
from issuance.trust.root_key import (
    RootRefused,
    RootSigner,
    _stretched,
    create_root,
    open_root,
    read_public,
)
from issuance.trust.rules import (
    LISTS_AHEAD,
    RENEW_AFTER,
    differences,
    in_words,
    read_request,
    says_the_same,
    write_request,
)
from issuance.trust.sign import sign_bundle

PASSPHRASE = "dua belas huruf lebih"
MEBIBYTE = 1 << 20
WHO = operator("Rini Astuti")


@pytest.fixture(scope="module")
def roots() -> tuple[RootSigner, RootSigner, RootSigner]:
    sealed = [create_root(PASSPHRASE)[1] for _ in range(3)]
    first, second, third = (open_root(one, PASSPHRASE) for one in sealed)
    return first, second, third


@pytest_asyncio.fixture
async def site(new_database):
    made = await a_desk(new_database("issuance"))
    yield made
    await made.engine.dispose()


async def signed(desk, signer, next_root, at=None):
    wanted = await desk.do(lambda tx: what_to_sign(tx, desk.settings))
    return sign_bundle(wanted, signer, next_root=next_root.root, issued_at=at or clock.utc_now())


async def published(desk, data, *, fingerprint="", now=None):
    return await desk.do(
        lambda tx: publish_bundle(
            tx,
            desk.settings,
            data,
            publication_id=new_id(),
            who=WHO,
            now=now or clock.utc_now(),
            fingerprint=fingerprint,
        )
    )


def word_of(caught):
    return caught.value.code, caught.value.facts.get("reason")


async def test_the_first_bundle_needs_the_fingerprint_from_the_paper_and_then_all_may_fetch_it(
    site, roots
):
    root, after, _ = roots
    data = await signed(site, root, after)
    for wrong in ("", after.root.thumbprint.hex()):
        with pytest.raises(Refused) as caught:
            await published(site, data, fingerprint=wrong)
        assert word_of(caught) == ("trust_root_unconfirmed", None)
    spoken = " ".join(in_groups(root.root.thumbprint))
    bundle = await published(site, data, fingerprint=spoken)
    assert await published(site, data) == bundle
    async with serving(create_app(site.settings)) as client:
        answer = await client.get("/trust/bundle.cbor")
        assert answer.headers["content-type"] == MEDIA_TYPE
        assert answer.headers["access-control-allow-origin"] == "*"
        found = verify_bundle(answer.content, [root.root], clock.utc_now())
        assert found.version == 1
        assert found.lists[0] == f"{site.settings.status_list_address}/0"
        etag = {"if-none-match": answer.headers["etag"]}
        assert (await client.get("/trust/bundle.cbor", headers=etag)).status_code == 304
        keys = await client.get("/trust/keys.cbor")
        assert keys.headers["content-type"] == "application/cose-key-set"
        assert tuple(read_key_set(keys.content)) == found.keys
        jwks = await client.get("/.well-known/jwks.json")
        assert {key["kid"] for key in jwks.json()["keys"]} == {key.kid.hex() for key in found.keys}
        same = {"if-none-match": jwks.headers["etag"]}
        assert (await client.get("/.well-known/jwks.json", headers=same)).status_code == 304
    (line,) = await site.rows("SELECT * FROM trust_bundles")
    assert (line.published_by, line.root) == ("Rini Astuti", root.root.thumbprint)
    (note,) = await site.rows("SELECT * FROM audit_log WHERE action = 'trust_bundle.published'")
    assert note.details["version"] == 1


async def test_a_bundle_that_does_not_say_what_the_database_says_is_not_published(site, roots):
    root, after, _ = roots
    early = await signed(site, root, after)
    await key_scenes.published(site)
    with pytest.raises(Refused) as caught:
        await published(site, early, fingerprint=root.root.thumbprint.hex())
    assert word_of(caught) == ("trust_bundle_outdated", None)
    data = await signed(site, root, after)
    assert len((await published(site, data, fingerprint=root.root.thumbprint.hex())).keys) == 2


async def test_versions_never_go_down_and_strangers_and_the_past_are_refused(site, roots):
    root, after, stranger = roots
    now, fingerprint = clock.utc_now(), root.root.thumbprint.hex()
    first = await signed(site, root, after)
    await published(site, first, fingerprint=fingerprint)
    other_first = sign_bundle(
        _request(first), root, next_root=stranger.root, issued_at=now - timedelta(hours=1)
    )
    second = await signed(site, root, after)
    by_stranger = await signed(site, stranger, after)
    old = await signed(site, root, after, at=now - timedelta(days=31))
    future = await signed(site, root, after, at=now + timedelta(days=1))
    for data, reason in [
        (other_first, "other_content"),
        (by_stranger, "unknown_root"),
        (old, "expired"),
        (future, "not_yet_valid"),
        (second[:-1] + b"x", "bad_signature"),
        (b"x", "malformed"),
    ]:
        with pytest.raises(Refused) as caught:
            await published(site, data)
        assert word_of(caught) == ("trust_bundle_refused", reason)
    assert (await published(site, second)).version == 2
    with pytest.raises(Refused) as caught:
        await published(site, first)
    assert word_of(caught) == ("trust_bundle_refused", "older_version")
    for statement in (
        "INSERT INTO trust_bundles SELECT 1, gen_random_uuid(), body, sha256, root, next_root,"
        " issued_at, expires_at, published_at, published_by FROM trust_bundles WHERE version = 2",
        "DELETE FROM trust_bundles",
        "UPDATE trust_bundles SET published_by = 'x'",
        "UPDATE publications SET version = 1 WHERE path = '/trust/bundle.cbor' AND version > 1",
    ):
        with pytest.raises(DBAPIError):
            await site.do(lambda tx, wrong=statement: tx.execute(text(wrong)))


def _request(data):
    from common.trust_bundle import peek
    from issuance.trust.rules import Request

    said = peek(data)
    return Request(
        said.version, said.issuer, said.keys, said.lists, said.delta_uri, said.min_app, None
    )


async def test_the_next_root_takes_over_and_the_first_has_gone(site, roots):
    root, after, third = roots
    await published(site, await signed(site, root, after), fingerprint=root.root.thumbprint.hex())
    assert (await published(site, await signed(site, after, third))).root == after.root
    with pytest.raises(Refused) as caught:
        await published(site, await signed(site, root, after))
    assert word_of(caught) == ("trust_bundle_refused", "unknown_root")
    assert (await published(site, await signed(site, third, root))).version == 3


async def test_the_demonstration_renews_its_bundle_after_a_week_or_when_keys_change(site, tmp_path):
    file = tmp_path / "trust_root"
    settings = settings_for(
        site.settings.database_url,
        trust_root_file=str(file),
        trust_root_passphrase=PASSPHRASE,
    )
    now = clock.utc_now()

    async def renewed(at):
        return await site.do(lambda tx: renew_bundle(tx, settings, at))

    assert await renewed(now) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert await renewed(now + timedelta(hours=1)) is None
    await key_scenes.published(site)
    assert await renewed(now + timedelta(hours=2)) == 2
    assert await renewed(now + timedelta(hours=2) + RENEW_AFTER) == 3
    assert b"ENCRYPTED PRIVATE KEY" in file.read_bytes()


def test_a_passphrase_is_tried_for_128_mebibytes_and_opens_what_it_sealed(monkeypatch):
    monkeypatch.setattr(root_key, "STRETCHING", AS_BUILT)
    assert 128 * AS_BUILT["n"] * AS_BUILT["r"] == 128 * MEBIBYTE
    root, sealed = create_root(PASSPHRASE)
    assert open_root(sealed, PASSPHRASE).root == root
    monkeypatch.setattr(root_key, "STRETCHING", QUICK)
    with pytest.raises(RootRefused):
        open_root(sealed, PASSPHRASE)


def test_a_root_opens_under_its_passphrase_only_and_shows_its_public_side():
    root, sealed = create_root(PASSPHRASE)
    assert open_root(sealed, PASSPHRASE).root == root
    for wrong in (sealed[:-50], b"x", sealed.replace(b"A", b"B")):
        with pytest.raises(RootRefused):
            open_root(wrong, PASSPHRASE)
    with pytest.raises(RootRefused):
        open_root(sealed, "another passphrase")
    # PKCS#8 alone would let a thief try millions of passphrases a second: it does not open so.
    with pytest.raises(ValueError, match="password"):
        load_pem_private_key(sealed, PASSPHRASE.encode())
    key = load_pem_private_key(sealed, _stretched(PASSPHRASE))
    plain = BestAvailableEncryption(PASSPHRASE.encode())
    before = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, plain)
    assert open_root(before, PASSPHRASE).root == root, "a root of before opens as it did"
    with pytest.raises(RootRefused, match="12 characters"):
        create_root("short")
    with pytest.raises(RootRefused):
        read_public("{}")


async def test_a_request_comes_back_as_it_was_and_shows_what_is_new(site, roots):
    root, after, _ = roots
    wanted = await site.do(lambda tx: what_to_sign(tx, site.settings))
    assert read_request(write_request(wanted)) == wanted
    assert differences(wanted, None) == ["  this is the first bundle"]
    data = await signed(site, root, after)
    bundle = await published(site, data, fingerprint=root.root.thumbprint.hex())
    kid = await key_scenes.published(site)
    again = await site.do(lambda tx: what_to_sign(tx, site.settings))
    assert differences(again, bundle) == [f"  + key {kid} (planned)"]
    assert read_request(write_request(again)).next_root == after.root
    assert any(kid in line for line in in_words(again))
    changed = json.loads(write_request(again))
    changed["keys"][0]["kid"] = "00000000"
    with pytest.raises(ValueError, match="request"):
        read_request(json.dumps(changed))


def test_the_ceremony_from_a_new_root_to_a_published_bundle(new_database, monkeypatch, tmp_path):
    settings = settings_for(new_database("issuance"))
    monkeypatch.setattr(terminal, "Settings", lambda: settings)
    word = tmp_path / "passphrase"
    word.write_text(f"{PASSPHRASE}\n")

    def said(*arguments, code=0, answer=None):
        # The command runs its own event loop, as it does in a terminal.
        with concurrent.futures.ThreadPoolExecutor() as pool:
            given = [str(one) for one in arguments]
            done = pool.submit(CliRunner().invoke, cli.app, given, input=answer).result()
        assert done.exit_code == code, done.output
        return done.output

    def files(*names):
        return [tmp_path / name for name in names]

    root, after, request, bundle = files("root", "next", "request.json", "bundle.cbor")
    assert "no trust bundle yet" in said("prepare")
    assert "no trust bundle is published" in said("trust", "show", code=2)
    said("trust", "request", "--out", request)
    # Off line: no settings are there.
    monkeypatch.setattr(terminal, "Settings", lambda: pytest.fail("the root needs no settings"))
    for one in (root, after):
        assert "Keep two copies" in said(
            "trust", "root-create", "--out", one, "--passphrase-file", word
        )
    said("trust", "root-create", "--out", root, "--passphrase-file", word, code=2)
    sign = ["trust", "sign", "--root", root, "--request", request, "--out", bundle]
    sign += ["--passphrase-file", word]
    assert "name the root that may sign after" in said(*sign, code=2)
    sign += ["--next", f"{after}.pub"]
    said(*sign, code=1, answer="n\n")
    assert not bundle.exists()
    output = said(*sign, answer="y\n")
    assert "trust bundle version 1" in output
    said(*sign, code=2)
    monkeypatch.setattr(terminal, "Settings", lambda: settings)
    assert "trust_root_unconfirmed" in said("trust", "publish", bundle, "--as", "Rini A.", code=1)
    fingerprint = read_public((tmp_path / "root.pub").read_text()).thumbprint.hex()
    publish = ["trust", "publish", bundle, "--as", "Rini A.", "--fingerprint", fingerprint]
    assert "version 1 is published" in said(*publish)
    assert "version 1 is published" in said(*publish)
    assert "version 1 by Rini A." in said("trust", "show")
    assert fingerprint[:4].upper() in said("trust", "show", bundle)
    assert "nothing but the dates" in said("prepare")


def test_preparing_a_demonstration_makes_its_root_and_publishes_a_bundle(
    new_database, monkeypatch, tmp_path
):
    settings = settings_for(
        new_database("issuance"),
        trust_root_file=str(tmp_path / "trust_root"),
        trust_root_passphrase=PASSPHRASE,
    )
    monkeypatch.setattr(terminal, "Settings", lambda: settings)

    def said():
        with concurrent.futures.ThreadPoolExecutor() as pool:
            return pool.submit(CliRunner().invoke, cli.app, ["prepare"]).result().output

    assert "trust bundle 1 published" in said()
    assert "the trust bundle is fresh" in said()


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, None), (21, "Bundel kepercayaan berakhir"), (31, "sudah lewat waktu")],
)
async def test_the_page_shows_the_root_in_groups_and_warns_in_time(
    site, roots, monkeypatch, days, words
):
    root, after, _ = roots
    data = await signed(site, root, after)
    await published(site, data, fingerprint=root.root.thumbprint.hex())
    later = clock.utc_now() + timedelta(days=days)
    monkeypatch.setattr("issuance.trust.pages.views.clock.utc_now", lambda: later)
    async with serving(create_app(site.settings)) as client:
        page = await client.get("/trust", headers={"accept": "text/html"})
    assert page.status_code == 200
    for group in in_groups(root.root.thumbprint):
        assert f"<code>{group}</code>" in page.text
    warnings = ("Bundel kepercayaan berakhir", "sudah lewat waktu", "Kunci berubah")
    assert [one for one in warnings if one in page.text] == ([words] if words else [])


async def test_a_list_that_is_opened_needs_no_new_bundle_until_few_addresses_are_ahead(
    site, roots, monkeypatch
):
    root, after, _ = roots
    monkeypatch.setattr("issuance.status.allocate.LIST_SIZE", 10)
    data = await signed(site, root, after)
    bundle = await published(site, data, fingerprint=root.root.thumbprint.hex())
    for opened, is_enough in [(1, True), (2, True), (3, False)]:
        await site.do(lambda tx: allocate(tx, 10))
        wanted = await site.do(lambda tx: what_to_sign(tx, site.settings))
        assert len(wanted.lists) == opened + LISTS_AHEAD
        assert says_the_same(wanted, bundle) is is_enough


async def test_the_page_says_when_there_is_no_bundle_and_when_keys_changed_since(site, roots):
    root, after, _ = roots
    async with serving(create_app(site.settings)) as client:
        html = {"accept": "text/html"}
        assert "Belum ada bundel" in (await client.get("/trust", headers=html)).text
        assert (await client.get("/trust/bundle.cbor")).status_code == 404
        data = await signed(site, root, after)
        await published(site, data, fingerprint=root.root.thumbprint.hex())
        await key_scenes.published(site)
        page = await client.get("/trust", headers={**html, **bearer("auditor")})
        assert "Kunci berubah sesudah bundel ini ditandatangani" in page.text
