"""From a signed request to a principal: which terminal sent it, and who is signed in on it.

`identify` is the service's `app.state.identify`: a request with `signature-input` is a terminal's,
any other is a person's or a system's, as before. A terminal's state is read from the database for
each request, except for acts whose own statement asks for it (`queries.why_not_served`): those use
what this process remembers of the key, so that the hot path has no round trip for it.
"""

import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import FastAPI, Request
from sqlalchemy import RowMapping

from common import clock
from common.auth import identify as people
from common.auth.permissions import permissions_of
from common.auth.principal import Principal
from common.problems import Refused
from redemption.partners.seen import SeenPeople, note_seen
from redemption.terminals import queries, signature_rules
from redemption.terminals.device_keys import Verify, verifier_of
from redemption.terminals.rules import DEVICE_PERMISSIONS, permissions_by_pin
from redemption.terminals.tokens import hash_of_token

# What one process remembers: so many terminals and operators, for so long.
REMEMBERED_MAX = 5_000
REMEMBERED_S = 60.0
# `last_seen_at` is written when it is older than this.
SEEN_EVERY = timedelta(seconds=60)
# Acts whose statement reads the terminal's state itself, so that nothing need be read before.
JUDGED_BY_THEIR_STATEMENT = frozenset({("POST", "/v1/redemptions")})

# What a terminal wrote before it was revoked is not lost: its journal is put aside for a person.
HEARD_AFTER_REVOCATION = frozenset(
    {
        ("GET", "/v1/journal"),
        ("POST", "/v1/journal/missing-acts"),
        ("POST", "/v1/journal/segments"),
    }
)


@dataclass(frozen=True, slots=True)
class Device:
    """A terminal whose request is to be verified."""

    terminal_id: UUID
    partner_id: UUID
    label: str
    algorithm: str
    verify: Verify
    is_revoked: bool
    last_seen_at: datetime
    # Who is signed in on it by the token that the request carries; None without a good one.
    operator: Principal | None
    operator_until: datetime | None


@dataclass
class KnownDevices:
    """What this process remembers of terminals, by terminal and operator's token."""

    _found: OrderedDict[tuple[str, str], tuple[float, Device]] = field(default_factory=OrderedDict)

    def recall(self, key: tuple[str, str], now: datetime) -> Device | None:
        """Return what was remembered lately of a terminal and token that were good."""
        at, device = self._found.get(key, (float("-inf"), None))
        if device is None or time.monotonic() - at > REMEMBERED_S:
            return None
        is_over = device.operator_until is not None and device.operator_until <= now
        return None if is_over else device

    def remember(self, key: tuple[str, str], device: Device) -> None:
        """Keep a terminal; the longest unused one is forgotten when there are too many."""
        self._found[key] = (time.monotonic(), device)
        self._found.move_to_end(key)
        while len(self._found) > REMEMBERED_MAX:
            self._found.popitem(last=False)


def prepare(app: FastAPI) -> None:
    """Make the app take signed requests of terminals beside those of people."""
    app.state.known_devices = KnownDevices()
    app.state.seen_people = SeenPeople()
    app.state.identify = identify


async def identify(request: Request) -> Principal:
    """Return who calls: a terminal and its operator, or a person or system as everywhere.

    Raises Refused terminal_signature_malformed, terminal_signature_wrong, terminal_unknown,
    terminal_clock, terminal_revoked, operator_session_over, and what common.auth.identify raises.
    """
    known: Principal | None = getattr(request.state, "principal", None)
    if known is not None:
        return known
    if not signature_rules.is_signed(request.scope["headers"]):
        principal = await people.identify(request)
        await note_seen(request.app.state.engine, request.app.state.seen_people, principal)
        return principal
    device = await verified_device(request)
    if device.operator is None and request.headers.get("khbs-operator"):
        raise Refused("operator_session_over")
    principal = replace(
        device.operator or _by_itself(device),
        request_id=getattr(request.state, "request_id", None),
    )
    request.state.principal = principal
    return principal


async def verified_device(request: Request) -> Device:
    """Return the terminal that signed this request; raises Refused."""
    signed = signature_rules.read(request.scope["headers"])
    device = await _device_of(request, signed)
    scope = request.scope
    path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0].decode("latin-1")
    base = signed.base(scope["method"], path, scope["query_string"].decode("latin-1"))
    if device.algorithm != signed.algorithm or not device.verify(signed.signature, base):
        raise Refused("terminal_signature_wrong")
    signed.demand_body(await request.body())
    signed.demand_young(time.time())
    if device.is_revoked and (scope["method"], scope["path"]) not in HEARD_AFTER_REVOCATION:
        raise Refused("terminal_revoked")
    await _note_seen(request, device)
    return device


def terminal_of(caller: Principal) -> UUID:
    """Return the terminal that a caller is or sits at; raises Refused terminal_needed."""
    if caller.terminal_id is None:
        raise Refused("terminal_needed")
    return caller.terminal_id


async def _device_of(request: Request, signed: signature_rules.Signed) -> Device:
    known: KnownDevices = request.app.state.known_devices
    key, now = (signed.key_id, signed.operator), clock.utc_now()
    is_judged_later = (request.scope["method"], request.scope["path"]) in JUDGED_BY_THEIR_STATEMENT
    device = known.recall(key, now) if is_judged_later else None
    if device is None:
        device = await _look_up(request, signed, now)
        is_good = not device.is_revoked and bool(device.operator) == bool(signed.operator)
        if is_judged_later and is_good:
            known.remember(key, device)
    return device


async def _look_up(request: Request, signed: signature_rules.Signed, now: datetime) -> Device:
    """Read a terminal and its operator as they are now."""
    token_hash = hash_of_token(signed.operator) if signed.operator else b""
    wanted = {"terminal_id": UUID(signed.key_id), "token_hash": token_hash, "now": now}
    async with request.app.state.engine.connect() as tx:
        row = (await tx.execute(queries.STANDING, wanted)).mappings().one_or_none()
    if row is None:
        raise Refused("terminal_unknown")
    return _device(row)


async def _note_seen(request: Request, device: Device) -> None:
    """Write down that a terminal was here, once in a while; what it signed is verified."""
    now = clock.utc_now()
    if now - device.last_seen_at < SEEN_EVERY:
        return
    async with request.app.state.engine.begin() as tx:
        await tx.execute(queries.TOUCH, {"seen_id": device.terminal_id, "now": now})


def _device(row: RowMapping) -> Device:
    has_operator = row["session_expires_at"] is not None
    return Device(
        terminal_id=row["id"],
        partner_id=row["partner_id"],
        label=row["label"],
        algorithm=row["algorithm"],
        verify=verifier_of(row["algorithm"], row["public_key"]),
        is_revoked=row["revoked_at"] is not None,
        last_seen_at=row["last_seen_at"],
        operator=_operator(row) if has_operator else None,
        operator_until=row["session_expires_at"],
    )


def _operator(row: RowMapping) -> Principal:
    roles = frozenset({row["operator_role"]})
    return Principal(
        subject=row["operator_subject"],
        name=row["operator_name"],
        roles=roles,
        permissions=permissions_by_pin(permissions_of(roles)),
        partner_id=row["partner_id"],
        terminal_id=row["id"],
    )


def _by_itself(device: Device) -> Principal:
    return Principal(
        subject=f"terminal:{device.terminal_id}",
        name=device.label,
        roles=frozenset(),
        permissions=DEVICE_PERMISSIONS,
        partner_id=device.partner_id,
        terminal_id=device.terminal_id,
    )
