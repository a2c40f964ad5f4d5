"""Check a delivery of card data: `python check_delivery.py FILE.zip --trust KEYS`.

For the card bureau. This one file needs Python 3.11 and `pip install cbor2 cryptography`, and
nothing of ours. KEYS is the JSON Web Key Set that the programme publishes (/.well-known/jwks.json)
as a file or an https address; get it once by a way you trust and keep it. Exit status: 0 when
everything is as it was signed, 1 when not, 2 when it could not be looked at.
"""

import argparse
import base64
import csv
import hashlib
import io
import json
import sys
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

FORMAT = "khbs-print-delivery/1"
CONTENT_TYPE = "application/vnd.khbs.print-manifest+json"
CSV_NAME, MANIFEST_NAME, SIGNATURE_NAME = "cards.csv", "manifest.json", "manifest.cose"
SIGN1_TAG = 18
UNLISTED = {MANIFEST_NAME, SIGNATURE_NAME}
# Limits for a file that may be hostile.
MANIFEST_BYTES_MAX = 1 << 20
SIGNATURE_BYTES_MAX = 2 << 20
FILE_BYTES_MAX = 8 << 20
FETCH_TIMEOUT_S = 20
# A spreadsheet takes what begins so for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey


class NotGenuine(Exception):
    """Nothing of the delivery can be believed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found: with problems the delivery must not be printed; notes are for people."""

    cards: int
    batch_id: str
    part: str
    problems: tuple[str, ...]
    notes: tuple[str, ...]


def check(delivery: bytes, keys: Mapping[str, Any]) -> Finding:
    """Compare a delivery with what was signed; `keys` is a JSON Web Key Set.

    Raises NotGenuine when it is no delivery, or its manifest is not signed by one of the keys.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(delivery))
    except (zipfile.BadZipFile, ValueError) as error:
        raise NotGenuine("not a ZIP file") from error
    names = [entry.filename for entry in archive.infolist()]
    if len(names) != len(set(names)):
        raise NotGenuine("the ZIP file has two files of the same name")
    said_bytes = _read(archive, MANIFEST_NAME, MANIFEST_BYTES_MAX)
    if signed_payload(_read(archive, SIGNATURE_NAME, SIGNATURE_BYTES_MAX), keys) != said_bytes:
        raise NotGenuine("the manifest is not the one that was signed")
    said = json.loads(said_bytes)
    if said.get("format") != FORMAT:
        raise NotGenuine("signed in a form that this program does not know; get a newer one")
    problems = [*_wrong_files(archive, said, set(names)), *_wrong_counts(archive, said)]
    part = f"{said['part']}/{said['parts']}"
    notes = tuple(_notes(archive)) if not problems else ()
    return Finding(said["cards"], said["batch_id"], part, tuple(problems), notes)


def _read(archive: zipfile.ZipFile, name: str, limit: int) -> bytes:
    try:
        with archive.open(name) as file:
            content = file.read(limit + 1)
    except (KeyError, zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        raise NotGenuine(f"{name} is missing or broken") from error
    if len(content) > limit:
        raise NotGenuine(f"{name} is larger than it can be")
    return content


def _wrong_files(
    archive: zipfile.ZipFile, said: Mapping[str, Any], names: set[str]
) -> Iterator[str]:
    listed = {one["path"]: one for one in said["files"]}
    yield from (f"{name}: missing" for name in sorted(listed.keys() - names))
    yield from (f"{name}: not in the manifest" for name in sorted(names - listed.keys() - UNLISTED))
    for name in sorted(listed.keys() & names):
        try:
            content = _read(archive, name, FILE_BYTES_MAX)
        except NotGenuine as error:
            yield str(error)
            continue
        if len(content) != listed[name]["bytes"]:
            yield f"{name}: {len(content)} bytes, {listed[name]['bytes']} were signed"
        elif hashlib.sha256(content).hexdigest() != listed[name]["sha256"]:
            yield f"{name}: changed"


def _rows(archive: zipfile.ZipFile) -> list[dict[str, str]]:
    try:
        text = _read(archive, CSV_NAME, FILE_BYTES_MAX).decode()
    except (NotGenuine, UnicodeDecodeError):
        return []
    return list(csv.DictReader(io.StringIO(text, newline="")))


def _wrong_counts(archive: zipfile.ZipFile, said: Mapping[str, Any]) -> Iterator[str]:
    rows = _rows(archive)
    listed = [one["path"] for one in said["files"]]
    counted = {
        "lines of cards.csv": len(rows),
        "different card numbers": len({row.get("card_number") for row in rows}),
        "QR pictures": sum(path.startswith("qr/") for path in listed),
    }
    for what, many in counted.items():
        if many != said["cards"]:
            yield f"{what}: {many}, {said['cards']} cards were signed"
    photos = sum(path.startswith("photos/") for path in listed)
    if photos != said["photos"]:
        yield f"photos: {photos}, {said['photos']} were signed"
    known = {*listed, ""}
    for row in rows:
        if row.get("qr_file") not in known - {""} or row.get("photo_file") not in known:
            yield f"line {row.get('line')}: its picture is not in the delivery"


def _notes(archive: zipfile.ZipFile) -> Iterator[str]:
    for row in _rows(archive):
        if any(str(value).startswith(FORMULA_STARTS) for value in row.values()):
            yield f"line {row['line']} begins like a formula: import the table as text"


def signed_payload(message: bytes, keys: Mapping[str, Any]) -> bytes:
    """Return what a COSE_Sign1 says (RFC 9052 §4.2).

    Raises NotGenuine unless one of the keys of the JSON Web Key Set signed it as a manifest.
    """
    try:
        tagged = cbor2.loads(message)
        protected, unprotected, payload, signature = tagged.value
        header = cbor2.loads(protected)
        algorithm, kid = header[1], header[4].hex()
        is_exact = tagged.tag == SIGN1_TAG and cbor2.dumps(tagged, canonical=True) == message
        signed = cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)
    except Exception as error:  # The decoder's failures on hostile bytes are many.
        raise NotGenuine("manifest.cose is not a signed message") from error
    if not is_exact or unprotected or type(payload) is not bytes or type(signature) is not bytes:
        raise NotGenuine("manifest.cose is not in the form of a signed message")
    if header.keys() != {1, 3, 4} or header[3] != CONTENT_TYPE:
        raise NotGenuine("signed for another purpose")
    for key in keys.get("keys", ()):
        if key.get("kid") == kid and _is_by(key, algorithm, signed, signature):
            return payload
    raise NotGenuine("not signed by one of the trusted keys")


def _is_by(key: Mapping[str, str], algorithm: int, signed: bytes, signature: bytes) -> bool:
    """Tell whether this key signed; the algorithm is the key's own, never the message's choice."""
    public = _public_key(key)
    try:
        if isinstance(public, Ed25519PublicKey):
            if algorithm not in {-8, -19}:
                return False
            public.verify(signature, signed)
        else:
            if algorithm != -7:
                return False
            r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
            public.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return len(signature) == 64


def _public_key(key: Mapping[str, str]) -> PublicKey:
    if key.get("kty") == "OKP" and key.get("crv") == "Ed25519":
        return Ed25519PublicKey.from_public_bytes(_unbase64(key["x"]))
    if key.get("kty") == "EC" and key.get("crv") == "P-256":
        point = b"\x04" + _unbase64(key["x"]) + _unbase64(key["y"])
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    raise NotGenuine("a trusted key is of a kind that this program does not know; get a newer one")


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def trusted(source: str) -> dict[str, Any]:
    """Return the key set of a file or an https address."""
    if source.startswith("https://"):
        with urllib.request.urlopen(source, timeout=FETCH_TIMEOUT_S) as answer:  # noqa: S310
            found: dict[str, Any] = json.loads(answer.read(MANIFEST_BYTES_MAX))
    else:
        found = json.loads(Path(source).read_text())
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Say what was found, for people; the exit status is for programs."""
    asked = argparse.ArgumentParser(prog="check_delivery", description="Check a delivery of cards.")
    asked.add_argument("file", help="the ZIP file as it was downloaded")
    asked.add_argument("--trust", required=True, help="key set: a file or an https address")
    given = asked.parse_args(arguments)
    try:
        finding = check(Path(given.file).read_bytes(), trusted(given.trust))
    except (OSError, json.JSONDecodeError, AttributeError) as error:
        sys.stderr.write(f"could not look / tidak dapat diperiksa: {error}\n")
        return 2
    except NotGenuine as refusal:
        sys.stderr.write(f"DO NOT PRINT / JANGAN DICETAK: {refusal}\n")
        return 1
    for problem in finding.problems:
        sys.stderr.write(f"DO NOT PRINT / JANGAN DICETAK: {problem}\n")
    for note in finding.notes:
        sys.stderr.write(f"note / catatan: {note}\n")
    if finding.problems:
        return 1
    sys.stdout.write(
        f"OK / SAH: {finding.cards} cards/kartu, batch {finding.batch_id}, part {finding.part}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
