"""The signed forms in which the status of cards is published, as files with their addresses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from common import status_list, status_list_jwt
from common.cose import to_be_signed
from common.status_delta import (
    MEDIA_TYPE as DELTA_MEDIA_TYPE,
)
from common.status_delta import (
    encode_status_delta,
    status_delta_header,
    status_delta_token,
)
from issuance.signing.private_keys import Signer
from issuance.status.publish_file import PublicFile
from issuance.status.rules import (
    BITS,
    DELTA_EXPIRES,
    DELTA_NAME,
    DELTA_PATH,
    EXPIRES,
    TTL,
    list_path,
)


@dataclass(frozen=True, slots=True)
class Issue:
    """One round of publishing: where, when, and the state of the database that it tells."""

    address: str
    issued_at: datetime
    snapshot: str


def list_files(
    signer: Signer, issue: Issue, number: int, compressed: bytes
) -> tuple[PublicFile, PublicFile]:
    """Return a whole list in its CWT and its JWT form; both say the same."""
    uri, expires_at = f"{issue.address}/{number}", issue.issued_at + EXPIRES
    header = status_list.status_list_header(signer.algorithm, signer.kid)
    claims = status_list.encode_status_list(
        compressed,
        bits=BITS,
        uri=uri,
        issued_at=issue.issued_at,
        expires_at=expires_at,
        ttl=TTL,
    )
    signed = status_list_jwt.encode_status_list_jwt(
        compressed,
        algorithm=signer.algorithm,
        kid=signer.kid,
        bits=BITS,
        uri=uri,
        issued_at=issue.issued_at,
        expires_at=expires_at,
        ttl=TTL,
    )
    cwt = status_list.status_list_token(header, claims, signer.sign(to_be_signed(header, claims)))
    jwt = status_list_jwt.status_list_jwt(signed, signer.sign(signed))
    return (
        _file(issue, list_path(number, "cwt"), status_list.MEDIA_TYPE, cwt, EXPIRES),
        _file(issue, list_path(number, "jwt"), status_list_jwt.MEDIA_TYPE, jwt, EXPIRES),
    )


def delta_file(
    signer: Signer,
    issue: Issue,
    base: Mapping[int, datetime],
    entries: Sequence[tuple[int, int, int]],
) -> PublicFile:
    """Return the delta against the lists of `base`, by number the moment of each."""
    header = status_delta_header(signer.algorithm, signer.kid)
    claims = encode_status_delta(
        uri=f"{issue.address}/{DELTA_NAME}",
        issued_at=issue.issued_at,
        expires_at=issue.issued_at + DELTA_EXPIRES,
        base=base,
        entries=entries,
    )
    token = status_delta_token(header, claims, signer.sign(to_be_signed(header, claims)))
    return _file(issue, DELTA_PATH, DELTA_MEDIA_TYPE, token, DELTA_EXPIRES)


def _file(issue: Issue, path: str, media_type: str, body: bytes, lives: timedelta) -> PublicFile:
    return PublicFile(
        path, media_type, body, issue.issued_at, issue.issued_at + lives, issue.snapshot
    )
