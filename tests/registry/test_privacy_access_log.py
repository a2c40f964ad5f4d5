"""Whatever page or route shows a person, the access log has who looked: tried on every one."""

import re

import pytest
from tests.clients import bearer
from tests.contracts.route_table import Route, app_of, routes_of
from tests.registry.conftest import Registry, operator
from tests.registry.privacy import a_family, ask

from common.ids import new_id

NAME = "GARANTUNG LANGKA"
ROLES = (
    "village_operator",
    "regency_verifier",
    "provincial_approver",
    "programme_owner",
    "data_steward",
    "protection_officer",
    "auditor",
)
PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
# Where an id for each kind of path comes from: of our family, else the newest there is.
IDS = {
    "household_id": "SELECT id FROM households WHERE id = :h",
    "person_id": "SELECT id FROM persons WHERE household_id = :h AND relation = 'head'",
    "list_id": "SELECT list_id FROM list_members WHERE household_id = :h LIMIT 1",
    "import_id": "SELECT import_id FROM persons WHERE household_id = :h LIMIT 1",
    "cycle_id": "SELECT cycle_id FROM current_decisions WHERE household_id = :h LIMIT 1",
    "decision_id": "SELECT decision_id FROM current_decisions WHERE household_id = :h LIMIT 1",
    "request_id": "SELECT id FROM subject_requests WHERE household_id = :h AND kind = 'copy'",
    "flag_id": "SELECT id FROM flags WHERE household_id = :h LIMIT 1",
    "code": "SELECT 'khbs_pangan_tunai' WHERE CAST(:h AS uuid) IS NOT NULL",
}
# Reads that are posted, because what is asked for must not stand in an address.
POSTED = {
    "/v1/households/search": {"json": {"text": NAME}},
    "/households/search": {"data": {"text": NAME}},
    "/v1/households/{household_id}/reveal": {"json": {"reason": "Memeriksa catatan akses"}},
    "/households/{household_id}/reveal": {"data": {"reason": "Memeriksa catatan akses"}},
}
ROUTES = routes_of("registry", app_of("registry"))
# What shows the family for certain; the others are tried all the same.
SHOWS = {
    "/households/{household_id}",
    "/households/search",
    "/households/{household_id}/reveal",
    "/v1/households/{household_id}",
    "/v1/households/search",
    "/lists/{list_id}",
    "/personal-data",
    "/personal-data/decisions",
    "/personal-data/new",
    "/personal-data/requests/{request_id}",
    "/personal-data/requests/{request_id}/copy",
    "/personal-data/requests/{request_id}/copy.json",
}


@pytest.fixture(scope="session")
async def household(registry: Registry, cycle_id: str) -> tuple[str, str]:
    """A family that is decided, proposed on a list, flagged and asked about; with its village."""
    family = await a_family(registry, name=NAME)
    body = {"id": str(new_id()), "cycle_id": cycle_id, "region_code": family.village}
    await registry.client.post("/v1/lists", json=body, headers=operator(family.village))
    await registry.do_jobs()
    await ask(registry, family, "correction", field="name", value="X Y", evidence="KTP")
    await ask(registry, family, "copy")
    return family.household, family.village


async def test_every_route_that_shows_a_person_notes_who_looked(
    registry: Registry, household: tuple[str, str]
) -> None:
    shown, silent = set(), []
    for route in ROUTES:
        path = await filled(registry, route, household)
        if path is None:
            continue
        subject = f"pembaca-{new_id()}"
        headers = bearer(*ROLES, regions=("62",), subject=subject)
        text = await answer_of(registry, route, path, household[1], headers)
        if NAME not in text:
            continue
        shown.add(route.path)
        noted = await registry.value("SELECT count(*) FROM audit_log WHERE actor = :s", s=subject)
        if not noted:
            silent.append(f"{route.method} {route.path}")
    assert silent == [], "these show a person and note nothing"
    assert SHOWS - shown == set(), "these were expected to show the family"


async def filled(registry: Registry, route: Route, household: tuple[str, str]) -> str | None:
    """The route's path with real ids in it; None for one that writes or that we have no id for."""
    is_read = route.method == "GET" or route.path in POSTED
    if not is_read or route.is_public:
        return None
    path = route.path
    for name in PARAMETER.findall(route.path):
        found = name in IDS and await registry.value(IDS[name], h=household[0])
        if not found:
            return None
        path = PARAMETER.sub(str(found), path, count=1)
    if path == "/personal-data/new":
        path += f"?household_id={household[0]}"
    return path


async def answer_of(
    registry: Registry, route: Route, path: str, village: str, headers: dict[str, str]
) -> str:
    if route.method == "GET":
        answer = await registry.client.get(path, headers=headers)
    else:
        given = {kind: dict(body) for kind, body in POSTED[route.path].items()}
        if route.path.endswith("/search"):
            for body in given.values():
                body["region_code"] = village
        answer = await registry.client.post(path, headers=headers, **given)  # type: ignore[arg-type]
    assert answer.status_code < 500, (path, answer.text)
    # What was typed stands in the box again.
    return re.sub(r'value="[^"]*"', "", answer.text)


async def test_an_address_of_a_search_shows_nothing_of_what_was_searched(
    registry: Registry, household: tuple[str, str]
) -> None:
    subject = f"pencari-{new_id()}"
    await registry.client.post(
        "/v1/households/search",
        json={"region_code": household[1], "text": NAME},
        headers=operator(household[1], subject=subject),
    )
    details = await registry.value(
        "SELECT details::text FROM audit_log WHERE actor = :s", s=subject
    )
    assert household[0] in details, "which families were shown is noted"
    assert "LANGKA" not in details.upper(), "what was typed is not"
