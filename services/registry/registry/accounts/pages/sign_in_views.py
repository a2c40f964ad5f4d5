"""The pages on which a person signs in."""

import base64
from typing import Annotated, Any

from fastapi import Depends, Form, Request
from starlette.responses import Response

from common.api import new_router
from common.auth.principal import public
from common.problems import Refused
from registry.accounts import change_password, notes, passwords, rules, second_factor, sign_in
from registry.accounts.issuer import Paces, only_built_in, visit
from registry.accounts.pages import browser
from registry.accounts.pages.texts import PASSWORD_FAULTS, WRONG_CODE, WRONG_PASSWORD
from registry.accounts.sign_in import Outcome, SignIn

Continue = Annotated[str, Form(alias="continue", max_length=browser.CONTINUE_CHARACTERS_MAX)]
Word = Annotated[str, Form(max_length=400)]

router = new_router(
    prefix="/sign-in",
    include_in_schema=False,
    dependencies=[
        Depends(public("signing in is for people who are not signed in yet")),
        Depends(only_built_in),
    ],
)


@router.get("")
async def get_sign_in(request: Request, again: bool = False) -> Response:
    """Ask for user name and password, or go on when the person is signed in already."""
    target = browser.asked_target(request)
    here = await browser.signed_in(request)
    if here is not None and not again:
        return browser.go_on(request, here, target)
    return browser.page(request, "sign_in.html", target=target, username="")


@router.post("")
async def post_sign_in(
    request: Request, username: Word = "", password: Word = "", target: Continue = ""
) -> Response:
    """Judge user name and password."""
    await browser.demand_own_form(request)
    goal, here = browser.target_of(target), visit(request)
    paces: Paces = request.app.state.paces
    network = rules.network_of(here.address)
    wait = paces.sign_ins.wait_s(network)
    if wait:
        raise Refused("too_many_requests", wait_s=wait)
    paces.sign_ins.count(network)
    name = username.strip().lower()
    state = request.app.state
    found = await sign_in.check_password(
        state.engine,
        state.blind_index,
        name if rules.USERNAME.fullmatch(name) else "",
        password,
        here,
    )
    if found.secret:
        return await _next(request, found, goal)
    return _refused(
        request, found, "sign_in.html", "username", WRONG_PASSWORD, target=goal, username=name[:32]
    )


@router.get("/code")
async def get_code(request: Request) -> Response:
    """Ask for the code of the person's second factor."""
    target = browser.asked_target(request)
    if await browser.at_step(request, "code") is None:
        return browser.restart(target)
    return browser.page(request, "code.html", target=target)


@router.post("/code")
async def post_code(request: Request, code: Word = "", target: Continue = "") -> Response:
    """Judge the code."""
    await browser.demand_own_form(request)
    here, goal = await browser.at_step(request, "code"), browser.target_of(target)
    if here is None:
        return browser.restart(goal)
    found = await _judge_code(request, here, code)
    if found.secret:
        return await _next(request, found, goal)
    return _refused(request, found, "code.html", "code", WRONG_CODE, target=goal)


@router.get("/second-factor")
async def get_second_factor(request: Request) -> Response:
    """Show the secret that an authenticator app takes, as a picture and as text."""
    here, target = await browser.at_step(request, "enrol"), browser.asked_target(request)
    if here is None:
        return browser.restart(target)
    context = await _enrolment(request, here)
    return browser.page(request, "second_factor.html", target=target, **context)


@router.post("/second-factor")
async def post_second_factor(request: Request, code: Word = "", target: Continue = "") -> Response:
    """Take the first code, which proves that the app has the secret."""
    await browser.demand_own_form(request)
    here, goal = await browser.at_step(request, "enrol"), browser.target_of(target)
    if here is None or here.totp_secret is None:
        return browser.restart(goal)
    found = await _judge_code(request, here, code)
    if found.secret:
        return await _next(request, found, goal)
    context = await _enrolment(request, here)
    return _refused(
        request, found, "second_factor.html", "code", WRONG_CODE, target=goal, **context
    )


@router.get("/new-password")
async def get_new_password(request: Request) -> Response:
    """Ask for a password of the person's own, in place of a one-time one."""
    target = browser.asked_target(request)
    if await browser.at_step(request, "new-password") is None:
        return browser.restart(target)
    return browser.page(request, "new_password.html", target=target)


@router.post("/new-password")
async def post_new_password(
    request: Request, password: Word = "", repeated: Word = "", target: Continue = ""
) -> Response:
    """Keep the person's own password and go on."""
    await browser.demand_own_form(request)
    here, goal = await browser.at_step(request, "new-password"), browser.target_of(target)
    if here is None:
        return browser.restart(goal)
    now = visit(request)
    errors = await _faults(request, here, password, repeated)
    if errors:
        return browser.page(request, "new_password.html", status=422, target=goal, errors=errors)
    kept = await passwords.hash_password(password)
    actor = notes.person(here.account_id, here.display_name, now.request_id)
    async with request.app.state.engine.begin() as tx:
        await change_password.change_password(
            tx, actor, here.account_id, kept, spared_sign_in=here.id, now=now.now
        )
        secret = await sign_in.go_on(tx, here, now)
    return await _next(request, Outcome(secret=secret), goal)


async def _judge_code(request: Request, here: SignIn, code: str) -> Outcome:
    state = request.app.state
    async with state.engine.begin() as tx:
        return await sign_in.check_code(
            tx, state.sealer, state.blind_index, here, code, visit=visit(request)
        )


async def _enrolment(request: Request, here: SignIn) -> dict[str, Any]:
    sealer = request.app.state.sealer
    if here.totp_secret is None:
        async with request.app.state.engine.begin() as tx:
            secret = await second_factor.propose_secret(tx, sealer, here.account_id)
    else:
        secret = second_factor.opened(sealer, here.account_id, here.totp_secret)
    picture = second_factor.picture_of(second_factor.address_of(secret, here.username))
    return {
        "picture": f"data:image/svg+xml;base64,{base64.b64encode(picture).decode()}",
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    }


async def _faults(request: Request, here: SignIn, password: str, repeated: str) -> dict[str, str]:
    fault = rules.password_fault(password, here.username)
    if fault:
        return {"password": PASSWORD_FAULTS[fault]}
    if password != repeated:
        return {"repeated": PASSWORD_FAULTS["differs"]}
    async with request.app.state.engine.connect() as tx:
        is_same = await change_password.is_own_password(tx, here.account_id, password)
    return {"password": PASSWORD_FAULTS["same"]} if is_same else {}


async def _next(request: Request, found: Outcome, target: str) -> Response:
    async with request.app.state.engine.connect() as tx:
        here = await sign_in.find(tx, found.secret, visit(request).now)
    return browser.go_on(request, here, target, found.secret)


def _refused(
    request: Request, found: Outcome, template: str, field: str, text: str, **context: Any
) -> Response:
    if found.wait_s:
        raise Refused("too_many_requests", wait_s=found.wait_s)
    return browser.page(request, template, status=422, errors={field: text}, **context)
