"""Every SQL statement about what the signer is asked for."""

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert

from issuance.signing.tables import signing_requests

INSERT_REQUEST = (
    insert(signing_requests)
    .on_conflict_do_nothing(index_elements=["id"])
    .returning(signing_requests.c.id)
)
SELECT_REQUEST = select(signing_requests).where(signing_requests.c.id == bindparam("request_id"))
SELECT_TOKEN = select(signing_requests.c.token).where(
    signing_requests.c.id == bindparam("request_id")
)
# Another signer's requests are passed over, not waited for.
SELECT_TO_SIGN = text("""
    SELECT id, purpose, payload, region_code FROM signing_requests
    WHERE token IS NULL ORDER BY asked_at, id LIMIT :limit FOR UPDATE SKIP LOCKED
""")
UPDATE_SIGNED = (
    update(signing_requests)
    .where(signing_requests.c.id == bindparam("request_id"), signing_requests.c.token.is_(None))
    .values(kid=bindparam("kid"), token=bindparam("token"), signed_at=bindparam("signed_at"))
)
