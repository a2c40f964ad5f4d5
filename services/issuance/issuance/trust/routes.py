"""Where anybody fetches whom to believe: the signed bundle, and the keys in COSE's own form."""

from fastapi import Depends, Request, Response

from common.api import new_router
from common.auth.principal import public
from common.cose_keys import KEY_SET_MEDIA_TYPE, encode_key_set
from common.database import Transaction
from common.public_file import answer_file, no_such_file
from issuance.status.queries import file_at
from issuance.trust.ask import trusted_keys
from issuance.trust.publish import BUNDLE_PATH

KEYS_PATH = "/trust/keys.cbor"

router = new_router(
    tags=["trust"],
    dependencies=[Depends(public("whom to believe is for everybody who checks a card"))],
)


@router.head(BUNDLE_PATH, include_in_schema=False)
@router.get(BUNDLE_PATH, response_class=Response)
async def get_trust_bundle(request: Request, tx: Transaction) -> Response:
    """Return the trust bundle, a COSE_Sign1 by the off-line root."""
    file = await file_at(tx, BUNDLE_PATH)
    if file is None:
        raise no_such_file()
    return answer_file(request, file["body"], file["media_type"], etag=file["etag"])


@router.head(KEYS_PATH, include_in_schema=False)
@router.get(KEYS_PATH, response_class=Response)
async def get_key_set(request: Request, tx: Transaction) -> Response:
    """Return the keys as a COSE_KeySet. It is not signed: the bundle is what to go by."""
    keys = sorted(await trusted_keys(tx), key=lambda key: key.kid)
    return answer_file(request, encode_key_set(keys), KEY_SET_MEDIA_TYPE)
