"""Who may call what: the committed table is the truth, and every route obeys it for every role."""

import asyncio
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
from tests.clients import bearer, serving
from tests.contracts.route_table import SERVICES, TABLE, Route, app_of, routes_of, table

from common.auth.permissions import PARTNER_ROLES, ROLES
from common.demo import PARTNER_FOOD_POINT_ID
from common.ids import new_id

# A refusal for what is asked for, not for who asks: the role itself was let through.
ABOUT_THE_THING = {
    "outside_your_regions",
    "another_partner",
    "own_account",
    # A system of the right role, whose agency has no agreement.
    "exchange_not_agreed",
}
AT_ONCE = 8
NO_ROLE, ANONYMOUS = "(no role)", "(anonymous)"
SAMPLES: dict[Any, str] = {UUID: str(new_id()), int: "1", bool: "true", float: "1"}
PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")


def test_the_committed_table_is_the_one_of_the_code():
    assert TABLE.read_text() == table(), "make generate writes the table; review what changed"


def test_every_route_names_a_permission():
    unnamed = [
        f"{service} {route.method} {route.path}"
        for service in SERVICES
        for route in routes_of(service, app_of(service))
        if route.permission == "NONE"
    ]
    assert unnamed == []


@pytest.mark.parametrize("service", SERVICES)
async def test_every_route_obeys_the_table_for_every_role(
    service: str, new_database: Callable[[str], str]
):
    app = app_of(service, new_database(service))
    app.state.issuer.transport = httpx.MockTransport(_nobody_there)
    callers = {role: headers_of(role) for role in (*ROLES, NO_ROLE, ANONYMOUS)}
    turns = asyncio.Semaphore(AT_ONCE)
    async with serving(app) as client:

        async def call(route: Route, caller: str) -> str | None:
            async with turns:
                answer = await client.request(
                    route.method,
                    path_of(route),
                    headers={"accept": "application/json", **callers[caller]},
                    **body_of(route),
                )
            return fault(route, caller, answer)

        calls = [call(route, caller) for route in routes_of(service, app) for caller in callers]
        found = await asyncio.gather(*calls)
    assert [line for line in found if line] == []
    assert len(found) > len(callers)


def headers_of(caller: str) -> dict[str, str]:
    """Return the credentials of a caller in a role."""
    if caller == ANONYMOUS:
        return {}
    if caller == NO_ROLE:
        return bearer()
    partner_id = PARTNER_FOOD_POINT_ID if caller in PARTNER_ROLES else None
    return bearer(caller, regions=() if partner_id else ("62",), partner_id=partner_id)


def path_of(route: Route) -> str:
    """Return the route's path with plausible values in it."""
    kinds = {one.name: one.field_info.annotation for one in route.dependant.path_params}
    return PARAMETER.sub(lambda found: SAMPLES.get(kinds.get(found[1]), "sample"), route.path)


def body_of(route: Route) -> dict[str, Any]:
    """Return an empty body of the kind that the route reads."""
    if route.method == "GET":
        return {}
    kinds = {type(one.field_info).__name__ for one in every_body_parameter(route.dependant)}
    if "File" in kinds:
        return {"files": {"file": ("sample.xlsx", b"PK")}}
    return {"data": {"sample": "1"}} if "Form" in kinds else {"json": {}}


def every_body_parameter(dependant: Any) -> list[Any]:
    found = list(dependant.body_params)
    for inner in dependant.dependencies:
        found.extend(every_body_parameter(inner))
    return found


def fault(route: Route, caller: str, answer: httpx.Response) -> str | None:
    """Return how an answer goes against the table, or None."""
    said = f"{route.service} {route.method} {route.path} as {caller}: {answer.status_code}"
    if answer.status_code == 500:
        return said
    if route.is_public:
        return said if answer.status_code in {401, 403} else None
    if caller == ANONYMOUS:
        return None if answer.status_code == 401 else said
    permitted = caller in ROLES and route.allows(caller)
    if permitted or route.permission == "(signed in)":
        return said if is_refusal_of_the_caller(answer) else None
    return None if answer.status_code == 403 and code_of(answer) == "permission_missing" else said


def is_refusal_of_the_caller(answer: httpx.Response) -> bool:
    if answer.status_code == 403:
        return code_of(answer) not in ABOUT_THE_THING
    return answer.status_code == 401


def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["code"])


def _nobody_there(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("this test has no issuer", request=request)
