"""The DCI requirements, one check each, against the definitions that the standard publishes.

`shared/vectors/spdci` holds the definitions, the numbered requirements and the official samples.
"""

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from tests.registry.agencies import Agency, an_agency, do_exchange_jobs
from tests.registry.conftest import Registry
from tests.registry.listening import Listener, listening

from common.clock import utc_now
from common.ids import new_id
from registry.dci import callbacks, contract
from registry.dci.contract import FORMATS
from registry.dci.outbound import Policy
from registry.dci.work import tools_of

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "spdci"
ARE_HERE = VECTORS.is_dir()
WHY = f"the standard's files are not at {VECTORS}: what is published cannot be compared"
needs_vectors = pytest.mark.skipif(not ARE_HERE, reason=WHY)

Answer = Any
Check = Callable[["Suite"], Awaitable[None]]


def requirements() -> list[dict[str, str]]:
    found = []
    for name in ("common", "social") if ARE_HERE else ():
        found += json.loads((VECTORS / "requirements" / f"{name}.json").read_text())["requirements"]
    return found


@cache
def published(registry: str) -> dict[str, Any]:
    """The definition as published, not as this project keeps it."""
    text = (VECTORS / "openapi-patched" / f"{registry}_api_v1.0.0.yaml").read_text()
    found: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found


def validate(registry: str, pointer: str, value: Any) -> None:
    whole = {**published(registry), "$ref": f"#{pointer}"}
    jsonschema.Draft202012Validator(whole, format_checker=FORMATS).validate(value)


def at(path: str) -> str:
    return "/paths/" + path.replace("/", "~1") + "/post"


def validate_request(path: str, body: Any, registry: str = "social") -> None:
    content = "/requestBody/content/application~1json/schema"
    validate(registry, at(path) + content, body)


def validate_answer(path: str, status: int, body: Any, registry: str = "social") -> None:
    """Against what the definition says of this path and status."""
    responses = published(registry)["paths"][path]["post"]["responses"]
    key = str(status) if str(status) in responses else "default"
    pointer = at(path) + f"/responses/{key}"
    if "$ref" in responses[key]:
        pointer = responses[key]["$ref"].removeprefix("#")
    validate(registry, f"{pointer}/content/application~1json/schema", body)


# ---------------------------------------------------------- messages as a client makes them


def search(query_type: str = "idtype-value", **changes: Any) -> dict[str, Any]:
    queries: dict[str, Any] = {
        "idtype-value": {"type": "UIN", "value": "TEST-001"},
        "expression": {
            "type": "ns:org:QueryType:expression",
            "value": {
                "expression": {
                    "collection": "Group",
                    "query": {"$and": [{"poverty_score": {"$lt": 5}}, {"group_size": {"$lt": 5}}]},
                }
            },
        },
        "predicate": [
            {
                "seq_num": 1,
                "expression1": {
                    "attribute_name": "age", "operator": "lt", "attribute_value": "25",
                },
                "condition": "and",
                "expression2": {
                    "attribute_name": "poverty_score", "operator": "lt", "attribute_value": "2.5",
                },
            }
        ],
    }  # fmt: skip
    criteria = {"query_type": query_type, "query": queries[query_type]}
    pagination = changes.pop("pagination", None)
    if pagination is not None:
        criteria["pagination"] = pagination
    one = {"reference_id": "ref-1", "timestamp": utc_now().isoformat(), "search_criteria": criteria}
    item = {
        **one,
        **{k: v for k, v in changes.items() if k in {"timestamp", "locale", "reference_id"}},
    }
    return {
        "transaction_id": changes.get("transaction_id", str(new_id())),
        "search_request": [item],
    }


def subscribe(**changes: Any) -> dict[str, Any]:
    criteria = {
        "reg_event_type": "REGISTER",
        "filter": {"type": "UIN", "value": "TEST-001"},
        "notify_record_type": "Member",
    }
    one = {"reference_id": "ref-1", "timestamp": utc_now().isoformat(), **changes}
    return {
        "transaction_id": str(new_id()),
        "subscribe_request": [{**one, "subscribe_criteria": criteria}],
    }


def unsubscribe(code: str = "sub-test-001") -> dict[str, Any]:
    at_now = {"transaction_id": str(new_id()), "timestamp": utc_now().isoformat()}
    return {**at_now, "subscription_codes": [code]}


def txn_status() -> dict[str, Any]:
    name = str(new_id())
    asked = {"txn_type": "search", "attribute_type": "transaction_id", "attribute_value": name}
    return {"transaction_id": name, "txnstatus_request": {"reference_id": "ref-1", **asked}}


def told(path: str) -> dict[str, Any]:
    """What a registry tells a subscriber at this path."""
    base = {"transaction_id": str(new_id()), "correlation_id": str(new_id())}
    one = {"reference_id": "ref-1", "timestamp": utc_now().isoformat()}
    data = {"version": "1.0.0", "reg_record_type": "Member"}
    messages: dict[str, dict[str, Any]] = {
        "/registry/on-search": {
            **base,
            "search_response": [
                {**one, "status": "succ", "data": {**data, "reg_records": []}},
            ],
        },
        "/registry/on-subscribe": {**base, "subscribe_response": [{**one, "status": "succ"}]},
        "/registry/on-unsubscribe": {**base, "timestamp": one["timestamp"], "status": "succ"},
        "/registry/txn/on-status": {
            **base,
            "txnstatus_response": {
                "txn_type": "search",
                "txn_status": {**base, "search_response": []},
            },
        },
        "/registry/notify": {
            "transaction_id": base["transaction_id"],
            "notify_event": [{**one, "data": {**data, "reg_records": {}}, "locale": "eng"}],
        },
    }  # fmt: skip
    return messages[path]


WAYS: dict[str, tuple[str, Callable[[], dict[str, Any]]]] = {
    "/registry/search": ("search", search),
    "/registry/sync/search": ("search", search),
    "/registry/subscribe": ("subscribe", subscribe),
    "/registry/unsubscribe": ("unsubscribe", unsubscribe),
    "/registry/txn/status": ("txn-status", txn_status),
    "/registry/sync/txn/status": ("txn-status", txn_status),
    "/registry/on-search": ("on-search", lambda: told("/registry/on-search")),
    "/registry/on-subscribe": ("on-subscribe", lambda: told("/registry/on-subscribe")),
    "/registry/on-unsubscribe": ("on-unsubscribe", lambda: told("/registry/on-unsubscribe")),
    "/registry/txn/on-status": ("txn-on-status", lambda: told("/registry/txn/on-status")),
    "/registry/notify": ("notify", lambda: told("/registry/notify")),
}
CALLED_BACK = {
    "/registry/search": "/registry/on-search",
    "/registry/subscribe": "/registry/on-subscribe",
    "/registry/unsubscribe": "/registry/on-unsubscribe",
    "/registry/txn/status": "/registry/txn/on-status",
}


class Suite:
    """One system with an agreement, and the way it asks."""

    def __init__(self, agency: Agency, listener: Listener) -> None:
        self.agency, self.listener = agency, listener

    def body(self, path: str, message: Any = None, **header: Any) -> dict[str, Any]:
        action, make = WAYS[path]
        given = self.agency.header(
            action, sender_uri=self.listener.address, status="succ", **header
        )
        return self.agency.sealed(given, make() if message is None else message)

    async def accepts(self, path: str, message: Any = None) -> Any:
        body = self.body(path, message)
        validate_request(path, body)
        answer = await self.agency.send(path, body)
        assert answer.status_code in {200, 202}, answer.text
        validate_answer(path, answer.status_code, answer.json())
        return answer.json()

    async def acknowledges(self, path: str, message: Any = None) -> Any:
        said = (await self.accepts(path, message))["message"]
        assert said["ack_status"] == "ACK"
        assert said["correlation_id"]
        return said

    async def rejects(self, path: str, message: Any) -> None:
        """Also where the definition alone would let it pass."""
        answer = await self.agency.send(path, self.body(path, message))
        assert answer.status_code == 400, answer.text
        validate_answer(path, 400, answer.json())
        said = answer.json()
        refused = said.get("message", {}).get("ack_status") == "ERR"
        assert refused or said["header"]["status"] == "rjct"

    async def calls_back(self, path: str) -> None:
        message = WAYS[path][1]()
        said = await self.acknowledges(path, message)
        await do_exchange_jobs(self.agency.registry)
        sealer = tools_of(self.agency.registry.settings).sealer
        while await callbacks.send_next(self.agency.registry.engine, sealer, Policy(loopback=True)):
            pass
        back = CALLED_BACK[path]
        assert self.listener.paths[-1] == f"/dci{back}"
        body = self.listener.bodies[-1]
        validate_request(back, body)
        assert body["header"]["action"] == WAYS[back][0]
        assert body["message"]["transaction_id"] == message["transaction_id"]
        assert body["message"]["correlation_id"] == said["correlation_id"]

    async def needs_token(self, path: str) -> None:
        answer = await self.agency.send(path, self.body(path), headers={})
        assert answer.status_code == 401
        validate_answer(path, 401, answer.json())

    async def needs_signature(self, path: str) -> None:
        body = {**self.body(path), "signature": "invalid-signature"}
        answer = await self.agency.send(path, body)
        assert answer.status_code == 400
        assert answer.json()["message"]["error"]["code"] == "err.signature.invalid"


async def _records_are_members(suite: Suite) -> None:
    body = await suite.accepts("/registry/sync/search", search("expression"))
    for one in body["message"]["search_response"]:
        assert isinstance(one["data"]["reg_records"], list)


# What the wording of a requirement says beyond its path and kind.
SPECIAL: dict[str, Check] = {
    "DCI-VAL-FMT-TS-01": lambda s: s.rejects("/registry/search", search(timestamp="yesterday")),
    "DCI-VAL-FMT-TS-02": lambda s: s.acknowledges(
        "/registry/search", search(timestamp="2026-11-22T09:15:00.5+07:00")
    ),
    "DCI-VAL-FMT-TS-03": lambda s: s.rejects(
        "/registry/subscribe", subscribe(timestamp="2026-11-22T09:15:00")
    ),
    "DCI-VAL-FMT-LOC-01": lambda s: s.acknowledges("/registry/search", search(locale="ind")),
    "DCI-VAL-FMT-LOC-02": lambda s: s.rejects("/registry/search", search(locale="en")),
    "DCI-VAL-FMT-LOC-03": lambda s: s.rejects("/registry/search", search(locale="ENG")),
    "DCI-VAL-BND-TXN-01": lambda s: s.acknowledges(
        "/registry/search", search(transaction_id="t" * 99)
    ),
    "DCI-VAL-BND-TXN-02": lambda s: s.rejects("/registry/search", search(transaction_id="t" * 100)),
    "DCI-VAL-BND-REF-01": lambda s: s.acknowledges(
        "/registry/search", search(reference_id="r" * 64)
    ),
    "DCI-VAL-BND-SUB-01": lambda s: s.acknowledges("/registry/unsubscribe", unsubscribe("s" * 99)),
    "DCI-VAL-BND-SUB-02": lambda s: s.rejects("/registry/unsubscribe", unsubscribe("s" * 100)),
    "DCI-CORE-PAG-01": lambda s: s.acknowledges(
        "/registry/search", search(pagination={"page_size": 10, "page_number": 1})
    ),
    "DCI-CORE-PAG-02": lambda s: s.accepts(
        "/registry/sync/search", search(pagination={"page_size": 10, "page_number": 1})
    ),
    "DCI-CORE-PAG-03": lambda s: s.acknowledges(
        "/registry/search", search(pagination={"page_size": 10, "page_number": 3})
    ),
    "DCI-VAL-PAG-01": lambda s: s.rejects(
        "/registry/search", search(pagination={"page_size": 0, "page_number": 1})
    ),
    "DCI-VAL-PAG-02": lambda s: s.rejects(
        "/registry/search", search(pagination={"page_size": 10, "page_number": 0})
    ),
    "DCI-VAL-PAG-03": lambda s: s.rejects(
        "/registry/search", search(pagination={"page_size": -1, "page_number": 1})
    ),
    "SR-EXTRA-RG-SYNC-SEARCH-REGRECORDS-01": _records_are_members,
}  # fmt: skip
KINDS: dict[str, Callable[[Suite, str], Awaitable[Any]]] = {
    "happy": lambda s, path: s.accepts(path),
    "negative": lambda s, path: s.rejects(path, {"transaction_id": 7}),
    "auth": lambda s, path: s.needs_token(path),
    "signature": lambda s, path: s.needs_signature(path),
    "workflow": lambda s, path: s.calls_back(path),
}


async def _of_the_client(suite: Suite, requirement: str) -> None:
    """The requirements on whoever asks: what the README's client sends, and takes as an answer."""
    path = next((one for one in WAYS if one.endswith(_PATHS.get(requirement, "?"))), None)
    path = path or "/registry/search"
    kind = requirement.split("-QUERY-")[-1].split("-")[0].lower()
    message = search(kind) if kind in {"expression", "predicate"} else None
    body = suite.body(path, message)
    validate_request(path, body)
    if requirement == "SP-CORE-CL-SEARCH-ERR-01":
        body["signature"] = "broken"
    request = suite.agency.registry.client.build_request(
        "POST", f"/dci/social/v1{path}", json=body, headers=suite.agency.headers
    )
    assert request.headers["authorization"].startswith("Bearer ")
    assert request.headers["content-type"] == "application/json"
    assert body["header"]["version"] == "1.0.0"
    assert re.match(r"https?://", body["header"]["sender_uri"])
    assert body["header"]["sender_id"] == suite.agency.client_id
    assert body["header"]["receiver_id"] == "khbs-registry"
    assert body["message"]["transaction_id"]
    answer = await suite.agency.registry.client.send(request)
    validate_answer(path, answer.status_code, answer.json())
    said = answer.json()["message"]
    if requirement == "SP-CORE-CL-SEARCH-ERR-01":
        assert said["error"]["code"] == "err.signature.invalid"
    elif "ack_status" in said:
        assert said["ack_status"] == "ACK"


_PATHS = {
    "SP-CORE-CL-SUBSCRIBE-01": "/registry/subscribe",
    "SP-CORE-CL-UNSUBSCRIBE-01": "/registry/unsubscribe",
    "SP-CORE-CL-SYNC-SEARCH-01": "/registry/sync/search",
}


@pytest.fixture(scope="module")
async def suite(registry: Registry) -> AsyncIterator[Suite]:
    async with listening() as listener:
        agency = await an_agency(registry, callback_addresses=[listener.address])
        yield Suite(agency, listener)


@needs_vectors
@pytest.mark.parametrize("requirement", requirements(), ids=lambda one: one["id"])
async def test_a_requirement_of_the_standard_is_met(
    suite: Suite, requirement: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = suite.agency.registry.client._transport.app.state.exchange_pace  # type: ignore[attr-defined]
    monkeypatch.setattr(pace, "_per_minute", 10_000)
    name, path = requirement["id"], requirement["path"]
    if name.startswith(("SP-CORE-CL-", "SP-SEC-CL-")):
        await _of_the_client(suite, name)
    elif name in SPECIAL:
        await SPECIAL[name](suite)
    elif "-EXPRESSION-" in name or "-PREDICATE-" in name:
        await suite.accepts(path, search(name.split("-")[-2].lower()))
    else:
        await KINDS[requirement["kind"]](suite, path)


@needs_vectors
def test_every_requirement_is_known() -> None:
    found = [one["id"] for one in requirements()]
    assert len(found) == len(set(found)) == 77


@needs_vectors
@pytest.mark.parametrize("registry", ["social", "ibr"])
def test_the_definitions_kept_here_are_those_published(registry: Any) -> None:
    assert contract.definition(registry)["paths"] == _trimmed(published(registry)["paths"])
    kept = contract.definition(registry)["components"]
    assert kept == _trimmed(published(registry)["components"])


def _trimmed(value: Any, under: str = "") -> Any:
    """Without descriptions and examples; one "example" is a schema that is referred to."""
    if isinstance(value, list):
        return [_trimmed(one) for one in value]
    if not isinstance(value, dict):
        return value
    left_out = {"examples", "x-displayName", "summary"}
    return {
        name: _trimmed(one, name)
        for name, one in value.items()
        if name not in left_out
        and not (name == "description" and isinstance(one, str))
        and not (name == "example" and under != "txnstatus_response")
    }


SAMPLES = {
    one.stem: json.loads(one.read_text())
    for one in sorted((VECTORS / "sample-jsons" / "social").glob("process*.json"))
}


@needs_vectors
@pytest.mark.parametrize("sample", SAMPLES)
async def test_an_official_sample_is_refused_where_it_breaks_its_own_definition(
    suite: Suite, sample: str
) -> None:
    """None of the twelve meets the definition: counts as text, other actions, empty objects."""
    body = SAMPLES[sample]
    path = _path_of_sample(body)
    with pytest.raises(jsonschema.ValidationError):
        validate_request(path, body)
    today = {**body, "header": {**body["header"], "message_ts": utc_now().isoformat()}}
    for given in (body, today):
        answer = await suite.agency.send(path, given)
        assert answer.status_code == 400
        validate_answer(path, 400, answer.json())
        assert answer.json()["message"]["error"]["code"] == "err.request.bad"


@needs_vectors
def test_there_are_twelve_official_samples() -> None:
    assert len(SAMPLES) == 12


def _path_of_sample(body: dict[str, Any]) -> str:
    message = body["message"]
    for word, path in (
        ("search_request", "/registry/search"),
        ("search_response", "/registry/on-search"),
        ("subscribe_request", "/registry/subscribe"),
        ("notify_event", "/registry/notify"),
    ):
        if word in message:
            return path
    return "/registry/on-search"
