"""Publish a trust bundle that the root has signed: the last look before the world goes by it."""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from common import audit
from common.auth.principal import Principal
from common.problems import Refused
from common.regions import PROVINCE
from common.trust_bundle import (
    MEDIA_TYPE,
    BundleRefused,
    TrustBundle,
    open_bundle,
    peek,
    verify_bundle,
)
from issuance.settings import Settings
from issuance.status.publish_file import PublicFile, publish_file
from issuance.trust import queries
from issuance.trust.ask import what_to_sign
from issuance.trust.rules import says_the_same

BUNDLE_PATH = "/trust/bundle.cbor"


async def publish_bundle(
    tx: AsyncConnection,
    settings: Settings,
    data: bytes,
    *,
    publication_id: UUID,
    who: Principal,
    now: datetime,
    fingerprint: str = "",
) -> TrustBundle:
    """Publish a signed bundle; the same again changes nothing.

    The first bundle needs the root's fingerprint, read from the paper and not from the file. Raises
    Refused: trust_bundle_refused, trust_root_unconfirmed, trust_bundle_outdated.
    """
    await tx.execute(queries.HOLD_BUNDLE)
    bundle = await _verified(tx, data, now, fingerprint)
    last = await queries.last_bundle(tx)
    if last is not None and last["body"] == data:
        return bundle
    if not says_the_same(await what_to_sign(tx, settings), bundle):
        raise Refused("trust_bundle_outdated", version=bundle.version)
    await tx.execute(queries.INSERT_BUNDLE, _line(bundle, data, publication_id, who))
    await publish_file(
        tx, PublicFile(BUNDLE_PATH, MEDIA_TYPE, data, bundle.issued_at, bundle.expires_at)
    )
    details = {"version": bundle.version, "root": bundle.root.thumbprint.hex()}
    await audit.record(
        tx,
        who,
        "trust_bundle.published",
        "trust_bundle",
        publication_id,
        region_code=PROVINCE,
        details=details,
    )
    return bundle


async def _verified(
    tx: AsyncConnection, data: bytes, now: datetime, fingerprint: str
) -> TrustBundle:
    last = await queries.last_bundle(tx)
    try:
        if last is None:
            content = peek(data)
            if content.root.thumbprint.hex() != _plain(fingerprint):
                raise Refused("trust_root_unconfirmed")
            return verify_bundle(data, [content.root], now)
        before = peek(last["body"])
        known = open_bundle(last["body"], [before.root])
        return verify_bundle(data, before.roots, now, known=known)
    except BundleRefused as refusal:
        raise Refused("trust_bundle_refused", reason=refusal.code) from None


def _plain(fingerprint: str) -> str:
    return "".join(fingerprint.split()).lower()


def _line(
    bundle: TrustBundle, data: bytes, publication_id: UUID, who: Principal
) -> dict[str, object]:
    return {
        "version": bundle.version,
        "publication_id": publication_id,
        "body": data,
        "sha256": hashlib.sha256(data).digest(),
        "root": bundle.root.thumbprint,
        "next_root": bundle.next_root.thumbprint,
        "issued_at": bundle.issued_at,
        "expires_at": bundle.expires_at,
        "published_by": who.name,
    }
