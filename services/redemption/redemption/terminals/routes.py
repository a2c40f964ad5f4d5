"""What a terminal asks for about itself: enrolment, its state, and who is signed in on it."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv6Address, IPv6Network
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.responses import Response

from common import clock
from common.api import answer_problem, new_router
from common.auth import identify as people
from common.auth import sessions
from common.auth.principal import Principal, public, require
from common.database import Transaction
from common.problems import Refused
from redemption.partners import queries as partners
from redemption.terminals import queries
from redemption.terminals.authenticate import terminal_of
from redemption.terminals.enrol import count_attempt, enrol
from redemption.terminals.operators import operators_of, set_pin, sign_in, sign_out
from redemption.terminals.rules import FULL_SIGN_IN_FRESH, OPERATOR_ROLES, operator_id_of
from redemption.terminals.schemas import (
    UNSENT_MAX,
    Enrolled,
    EnrolmentRequest,
    OperatorOfTerminal,
    OperatorSession,
    OperatorSessionRequest,
    PartnerOfTerminal,
    PinRequest,
    TerminalState,
)
from redemption.terminals.state import offline_policies, rule_version

router = new_router(prefix="/v1", tags=["terminals"])
Device = Annotated[Principal, Depends(require("terminals.use"))]
OWN = "me"
IPV6_PREFIX = 64


def address_of(request: Request) -> str:
    """Return where a request comes from, as far as it can be told: of IPv6 the network.

    One device there has 2^64 addresses of its own, and could use another for each attempt.
    """
    host = request.client.host if request.client else "unknown"
    try:
        address = IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Network((address, IPV6_PREFIX), strict=False))


async def paced(request: Request) -> None:
    """Count an attempt at a code, before a transaction is opened for it."""
    state = request.app.state
    await count_attempt(state.engine, state.blind_index, address_of(request), clock.utc_now())


async def fully_signed_in(request: Request) -> Principal:
    """Return the person who has just signed in fully in the browser of a partner's terminal.

    Two proofs at once: the terminal's signature, and the person's session with its CSRF token. The
    session alone would be whoever found the phone: it outlives the person who opened it.
    """
    known: Principal | None = getattr(request.state, "full_sign_in", None)
    if known is not None:
        return known
    device: Principal = await request.app.state.identify(request)
    if "terminals.use" not in device.permissions:
        raise Refused("permission_missing", permission="terminals.use")
    terminal_id = terminal_of(device)
    # The next look is at the person, not at the terminal that carries the request.
    request.state.principal = None
    person = replace(await people.identify(request), terminal_id=terminal_id)
    if person.is_client or not person.roles & OPERATOR_ROLES or device.partner_id is None:
        raise Refused("permission_missing", permission="terminals.use")
    person.demand_partner(device.partner_id)
    request.state.full_sign_in_at = await _fresh_sign_in(request)
    request.state.principal = request.state.full_sign_in = person
    return person


async def _fresh_sign_in(request: Request) -> datetime:
    """Return when the person showed who they are; a browser's session of long ago is refused."""
    header = request.headers.get("authorization", "")
    if header.lower().startswith(people.BEARER):
        token = header[len(people.BEARER) :].strip()
        claims = await request.app.state.verifier.access_claims(token)
        return datetime.fromtimestamp(int(claims["iat"]), UTC)
    session = await sessions.peek(request)
    at = session.signed_in_at if session else None
    if at is None or clock.utc_now() - at > FULL_SIGN_IN_FRESH:
        raise Refused("full_sign_in_needed")
    return at


fully_signed_in.permission = "terminals.use"  # type: ignore[attr-defined]


@router.post(
    "/terminal-enrolments",
    status_code=201,
    response_model=Enrolled,
    dependencies=[Depends(public("the code is the permission")), Depends(paced)],
)
async def post_enrolment(request: Request, body: EnrolmentRequest, tx: Transaction) -> Enrolled:
    """Make a device a terminal of the partner whose code it shows."""
    now, index = clock.utc_now(), request.app.state.blind_index
    partner = await enrol(tx, index, body.wanted(), address=address_of(request), now=now)
    return Enrolled(
        terminal_id=body.terminal_id, partner=PartnerOfTerminal.of(partner), server_now=now
    )


@router.get("/terminal", response_model=TerminalState)
async def get_terminal(
    request: Request,
    caller: Device,
    tx: Transaction,
    unsent: Annotated[int | None, Query(ge=0, le=UNSENT_MAX)] = None,
) -> TerminalState:
    """Say who this terminal is, who can sign in on it, and what it goes by without network.

    `unsent` tells how many lines of its journal it has still to send.
    """
    now, terminal_id = clock.utc_now(), terminal_of(caller)
    terminal = await queries.find(tx, terminal_id)
    partner = await partners.find(tx, terminal.partner_id) if terminal else None
    if terminal is None or partner is None:
        raise Refused("terminal_unknown")
    if unsent is not None:
        await tx.execute(queries.TELL_UNSENT, {"seen_id": terminal_id, "lines": unsent, "now": now})
    policies = await offline_policies(tx, partner.kind, now)
    return TerminalState(
        terminal_id=terminal_id,
        label=terminal.label,
        partner=PartnerOfTerminal.of(partner),
        operators=[OperatorOfTerminal.of(one) for one in await operators_of(tx, terminal_id, now)],
        server_now=now,
        trust=request.app.state.settings.terminal_trust,
        offline_policies=policies,
        rule_version=rule_version(policies),
    )


@router.put("/terminal/operators/{operator_id}", response_model=OperatorOfTerminal)
async def put_operator(
    request: Request,
    operator_id: str,
    body: PinRequest,
    person: Annotated[Principal, Depends(fully_signed_in)],
    tx: Transaction,
) -> OperatorOfTerminal:
    """Set the own PIN on this terminal: `operator_id` is the account's id (`subject`), or `me`."""
    if operator_id not in {OWN, str(operator_id_of(person.subject))}:
        raise Refused("not_found")
    terminal_id = terminal_of(person)
    operator = await set_pin(
        tx,
        request.app.state.sealer,
        person,
        terminal_id=terminal_id,
        pin=body.pin,
        signed_in_at=request.state.full_sign_in_at,
        now=clock.utc_now(),
    )
    return OperatorOfTerminal.of(operator)


@router.post("/terminal/operator-sessions", status_code=201, response_model=OperatorSession)
async def post_operator_session(
    request: Request, body: OperatorSessionRequest, caller: Device, tx: Transaction
) -> Any:
    """Sign in on this terminal with a PIN; five wrong ones lock it until a full sign-in."""
    made = await sign_in(
        tx,
        request.app.state.sealer,
        caller,
        terminal_id=terminal_of(caller),
        operator_id=body.operator_id,
        pin=body.pin,
        now=clock.utc_now(),
    )
    if isinstance(made, Refused):
        return answer_problem(request, made.code, made.facts)
    return OperatorSession(
        token=made.token, expires_at=made.expires_at, name=made.name, role=made.role
    )


@router.delete("/terminal/operator-sessions/current", status_code=204)
async def delete_operator_session(request: Request, caller: Device, tx: Transaction) -> Response:
    """Sign the operator out of this terminal."""
    terminal_of(caller)
    token = request.headers.get("khbs-operator", "")
    if not token:
        raise Refused("operator_needed")
    await sign_out(tx, token, clock.utc_now())
    return Response(status_code=204)
