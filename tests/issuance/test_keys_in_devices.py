"""Keys in a device: made there, never out of it, and cards under them are cards like all others.

The device is SoftHSM from Debian's package softhsm2 (`make test` installs it when it may).
"""

import asyncio
import concurrent.futures
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import cbor2
import pkcs11
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cwt import COSE, COSEKey
from tests.issuance import key_scenes
from tests.issuance.builders import Desk, a_desk
from tests.issuance.key_scenes import CHECKER

from common import clock
from common.base45 import decode_base45
from common.card_token import key_ring, verify
from common.problems import Refused
from common.sealed import Sealer
from issuance.cards.read import open_token
from issuance.signing.activate_key import activate_key
from issuance.signing.change_key import operator
from issuance.signing.device_uri import DeviceUri, parse_device_uri
from issuance.signing.make_pair import Maker
from issuance.signing.open_signer import KeyRoom
from issuance.signing.pkcs11_keys import Device, DeviceAway, DeviceSigner, device_of, device_signer
from issuance.signing.private_keys import NoSigningKey
from issuance.signing.queries import verify_keys

MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")
MODULE = os.environ.get("SOFTHSM", next((path for path in MODULES if Path(path).exists()), ""))
PIN = "9382"
TOKEN = "khbs test"
URI = "pkcs11:token=khbs%20test"
MEASURED_S = 0.5

needs_softhsm = pytest.mark.skipif(
    not (MODULE and shutil.which("softhsm2-util")),
    reason="SoftHSM is not here: sudo apt-get install softhsm2 (or sh deploy/install/softhsm.sh)",
)


@pytest.fixture(scope="module")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A token of one's own. The library reads where it lies when it is loaded, once a process."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    with pytest.MonkeyPatch.context() as surroundings:
        surroundings.setenv("SOFTHSM2_CONF", str(configuration))
        command = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN]
        command += ["--pin", PIN, "--so-pin", "93829382"]
        subprocess.run(command, check=True, capture_output=True)
        yield


async def a_site(database_url: str) -> Desk:
    return await a_desk(database_url, pkcs11_module=MODULE, pkcs11_pin=PIN)


async def token_of(desk: Desk, card) -> str:
    sealer = Sealer(desk.settings.sealing_key.get_secret_value())
    return open_token(sealer, card._mapping)


@needs_softhsm
@pytest.mark.usefixtures("softhsm")
@pytest.mark.parametrize("algorithm", ["ES256", "Ed25519"])
async def test_a_key_made_in_a_device_signs_cards_that_everybody_reads(new_database, algorithm):
    desk = await a_site(new_database("issuance"))
    kid = await key_scenes.active(desk, algorithm=algorithm, device_uri=URI)
    (row,) = await desk.rows("SELECT * FROM signing_keys WHERE kid = :kid", kid=kid)
    assert (row.custody, row.sealed_private_key) == ("pkcs11", None)
    assert PIN not in row.device_uri
    card = await desk.a_card("SITI AMINAH")
    assert card.kid == kid
    text = await token_of(desk, card)
    read = verify(text, key_ring(await desk.do(verify_keys)), clock.utc_now())
    assert (read.card_id, read.printed_name) == (card.card_id, "SITI AMINAH")
    if algorithm == "ES256":
        point = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), row.public_key)
        raw = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        public = {1: 2, 2: bytes.fromhex(kid), 3: -7, -1: 1, -2: raw[1:33], -3: raw[33:]}
    else:
        public = {1: 1, 2: bytes.fromhex(kid), 3: -8, -1: 6, -2: row.public_key}
    payload = COSE.new().decode(decode_base45(text), COSEKey.new(public))
    claims = cbor2.loads(payload) if isinstance(payload, bytes) else payload
    assert claims[7].hex() == card.card_id
    await desk.engine.dispose()


@needs_softhsm
@pytest.mark.usefixtures("softhsm")
def test_the_private_side_cannot_leave_the_device():
    device = device_of(MODULE, PIN, parse_device_uri(URI))
    made = device.make_pair("ES256", "stays")
    assert made.device_uri is not None
    session = pkcs11.lib(MODULE).get_token(token_label=TOKEN).open()
    uri = parse_device_uri(made.device_uri)
    (private,) = session.get_objects(
        {
            pkcs11.Attribute.ID: uri.key_id,
            pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY,
        }
    )
    assert private[pkcs11.Attribute.EXTRACTABLE] is False
    assert private[pkcs11.Attribute.NEVER_EXTRACTABLE] is True
    assert private[pkcs11.Attribute.LOCAL] is True
    with pytest.raises(pkcs11.PKCS11Error):
        private[pkcs11.Attribute.VALUE]
    device.destroy(uri)
    with pytest.raises(DeviceAway):
        device.sign(uri, "ES256", b"x")


@needs_softhsm
@pytest.mark.usefixtures("softhsm")
def test_a_lost_session_is_opened_again():
    uri = parse_device_uri(URI)
    device = device_of(MODULE, PIN, uri)
    made = device.make_pair("ES256", "lost and found")
    signer = device_signer("ES256", made.kid, str(made.device_uri), module=MODULE, pin=PIN)
    assert len(signer.sign(b"before")) == 64
    device._session.close()
    assert len(signer.sign(b"the session was closed")) == 64
    pkcs11.lib(MODULE).reinitialize()
    assert len(signer.sign(b"the library began anew")) == 64


@needs_softhsm
@pytest.mark.usefixtures("softhsm")
def test_a_device_that_is_away_says_so_and_never_the_pin():
    # A right PIN that was given before would still open the token.
    pkcs11.lib(MODULE).reinitialize()
    for pin, address in [("00000000", URI), (PIN, "pkcs11:token=another"), (PIN, f"{URI};id=%00")]:
        uri = parse_device_uri(address)
        with pytest.raises(NoSigningKey) as caught:
            Device(MODULE, pin, uri).sign(uri, "ES256", b"x")
        assert pin not in str(caught.value)
    with pytest.raises(NoSigningKey):
        device_signer("ES256", "00000000", URI, module="/no/such.so", pin=PIN).sign(b"x")


@needs_softhsm
@pytest.mark.usefixtures("softhsm")
async def test_many_threads_sign_with_one_device_and_the_loop_goes_on():
    device = device_of(MODULE, PIN, parse_device_uri(URI))
    made = device.make_pair("ES256", "busy")
    signer = device_signer("ES256", made.kid, str(made.device_uri), module=MODULE, pin=PIN)

    def sign_for_a_while() -> int:
        ends, count = time.monotonic() + MEASURED_S, 0
        while time.monotonic() < ends:
            signer.sign(b"%d" % count)
            count += 1
        return count

    turns = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        loop = asyncio.get_running_loop()
        working = [loop.run_in_executor(pool, sign_for_a_while) for _ in range(4)]
        while not all(one.done() for one in working):
            await asyncio.sleep(0.01)
            turns += 1
    total = sum(await asyncio.gather(*working))
    assert total > 100
    assert turns > 10


@needs_softhsm
@pytest.mark.usefixtures("softhsm")
async def test_a_pair_that_nobody_wrote_down_is_taken_back(new_database):
    desk = await a_site(new_database("issuance"))
    maker = Maker(desk.settings, URI)
    made = maker.make("ES256", "unwanted")
    maker.take_back(made)
    uri = parse_device_uri(str(made.device_uri))
    with pytest.raises(DeviceAway):
        device_of(MODULE, PIN, uri).sign(uri, "ES256", b"x")
    await desk.engine.dispose()


async def test_a_key_in_a_device_needs_the_devices_library(new_database):
    desk = await a_desk(new_database("issuance"))
    with pytest.raises(NoSigningKey, match="PKCS11_MODULE"):
        Maker(desk.settings, URI)
    await desk.rows(
        """WITH made AS (
               INSERT INTO signing_keys
                   (id, kid, algorithm, public_key, custody, device_uri, state, not_before,
                    sign_until, verify_until, created_by, published_at)
               VALUES (gen_random_uuid(), '0000000a', 'ES256', '', 'pkcs11',
                       'pkcs11:token=gone', 'planned', now(),
                       now() + interval '1 day', now() + interval '2 days', 'x', now())
               RETURNING id)
           INSERT INTO signing_key_changes (id, key_id, act, new_state, actor)
           SELECT gen_random_uuid(), id, 'created', 'planned', 'x' FROM made RETURNING 1"""
    )
    now = clock.utc_now()
    await desk.do(lambda tx: activate_key(tx, "0000000a", operator(CHECKER), now, despite="uji"))
    with pytest.raises(NoSigningKey, match="PKCS11_MODULE"):
        await desk.do(lambda tx: KeyRoom(desk.settings).signer(tx, now))
    await desk.engine.dispose()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "token=khbs",
        "pkcs11:",
        "pkcs11:object=a",
        "pkcs11:token=a;token=b",
        "pkcs11:token=a;colour=red",
        "pkcs11:token=a;type=public",
        "pkcs11:token=a?pin-value=1234",
        "pkcs11:token=a?module-path=/tmp/evil.so",
        "pkcs11:token=%FF",
    ],
)
def test_an_address_that_says_too_little_or_too_much_is_refused(text):
    with pytest.raises(Refused, match="device_uri_malformed"):
        parse_device_uri(text)


def test_an_address_is_written_as_it_is_read():
    uri = DeviceUri("khbs utama;1", None, "khbs 62.01 2026-11", b"\x00\xff%")
    assert parse_device_uri(str(uri)) == uri
    assert str(uri).startswith("pkcs11:token=khbs%20utama%3B1;object=")


def test_a_signer_in_a_device_has_the_three_members_of_every_signer():
    assert {"kid", "algorithm", "sign"} <= set(dir(DeviceSigner))
