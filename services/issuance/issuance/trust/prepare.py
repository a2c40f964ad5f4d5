"""For a stack on one machine: a demonstration root in a file, and a bundle that renews itself.

A real site has its root off line and uses the commands; it gives no TRUST_ROOT_FILE.
"""

from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from common.auth.principal import Principal
from common.ids import new_id
from common.regions import PROVINCE
from issuance.settings import Settings
from issuance.trust import queries
from issuance.trust.ask import in_force, what_to_sign
from issuance.trust.publish import publish_bundle
from issuance.trust.root_key import RootSigner, create_root, open_root, read_public, write_public
from issuance.trust.rules import RENEW_AFTER, says_the_same
from issuance.trust.sign import sign_bundle

ACTOR = "prepare"


def demonstration_root(file: Path, passphrase: str) -> RootSigner:
    """Return the root in this file; it and the one after it are made when there is none."""
    for path in (file, next_file(file)):
        if not path.exists():
            root, sealed = create_root(passphrase)
            write_files(path, sealed, write_public(root))
    return open_root(file.read_bytes(), passphrase)


def next_file(file: Path) -> Path:
    """Return where the root lies that may sign after this one."""
    return file.with_name(f"{file.name}.next")


def public_file(file: Path) -> Path:
    """Return where the public side of a root lies."""
    return file.with_name(f"{file.name}.pub")


def write_files(file: Path, sealed: bytes, public: str) -> None:
    """Write a new root: readable for its owner only, and never over another."""
    file.touch(mode=0o600, exist_ok=False)
    file.write_bytes(sealed)
    public_file(file).write_text(public)


async def renew_bundle(tx: AsyncConnection, settings: Settings, now: datetime) -> int | None:
    """Sign and publish a bundle with the demonstration root when one is due; return its version."""
    await tx.execute(queries.HOLD_BUNDLE)
    known, wanted = await in_force(tx), await what_to_sign(tx, settings)
    if known and says_the_same(wanted, known) and now - known.issued_at < RENEW_AFTER:
        return None
    file = Path(settings.trust_root_file)
    signer = demonstration_root(file, settings.trust_root_passphrase.get_secret_value())
    next_root = read_public(public_file(next_file(file)).read_text())
    data = sign_bundle(wanted, signer, next_root=next_root, issued_at=now)
    bundle = await publish_bundle(
        tx,
        settings,
        data,
        publication_id=new_id(),
        who=Principal(ACTOR, ACTOR, frozenset(), frozenset(), (PROVINCE,)),
        now=now,
        fingerprint=signer.root.thumbprint.hex(),
    )
    return bundle.version
