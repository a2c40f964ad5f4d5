"""Make a trust bundle with the root key. Knows no settings, no database, no network."""

from datetime import datetime

from common.cose import assemble, to_be_signed
from common.cose_keys import RootKey
from common.trust_bundle import bundle_header, encode_bundle
from issuance.trust.root_key import RootSigner
from issuance.trust.rules import Request, content_of


def sign_bundle(
    request: Request, signer: RootSigner, *, next_root: RootKey, issued_at: datetime
) -> bytes:
    """Return the signed bundle; it lives 30 days from `issued_at`."""
    content = content_of(request, root=signer.root, next_root=next_root, issued_at=issued_at)
    header, claims = bundle_header(signer.root), encode_bundle(content)
    return assemble(header, claims, signer.sign(to_be_signed(header, claims)))
