"""What was ever sent can be read for ever: one golden message for each kind of event.

A file here is a message that may lie in a queue, an outbox or a dead letter for a year. It is
never edited. A new optional field leaves it as it is; a breaking change is a new type with a
file of its own.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import jsonschema
import pytest
from pydantic import BaseModel, ValidationError

from common.events import (
    BATCH_MAX,
    EVENTS,
    CardsIssuedV1,
    CardStatusChangedV1,
    Envelope,
    Event,
    enclose,
)

FOLDER = Path(__file__).parent
GOLDEN = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
# The required attributes and the forms of CloudEvents 1.0.2, as its JSON event format has them
# (spec.md "Required Attributes", "Optional Attributes" and "Attribute Naming Convention").
CLOUD_EVENT = {
    "type": "object",
    "required": ["id", "source", "specversion", "type"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "source": {"type": "string", "minLength": 1, "format": "uri-reference"},
        "specversion": {"const": "1.0"},
        "type": {"type": "string", "minLength": 1},
        "datacontenttype": {"type": "string", "minLength": 1},
        "dataschema": {"type": "string", "minLength": 1, "format": "uri"},
        "subject": {"type": "string", "minLength": 1},
        "time": {"type": "string", "minLength": 1, "format": "date-time"},
        "data": {},
        "data_base64": {"type": "string", "contentEncoding": "base64"},
    },
    "propertyNames": {"pattern": "^([a-z0-9]+|data_base64)$"},
    # Extensions are texts, booleans or 32-bit integers.
    "additionalProperties": {"type": ["string", "boolean", "integer"]},
}
# Names that are not a person's: of a programme, a benefit, a cycle, a partner.
NAMES_OF_THINGS = {
    "programme_name_id",
    "programme_name_en",
    "name_id",
    "name_en",
    "name",
    "benefit_name_id",
    "benefit_name_en",
    "partner_name",
}
PERSONAL = ("name", "nik", "kk", "birth", "phone", "address", "mother", "photo")

every_kind = pytest.mark.parametrize("kind", EVENTS.values(), ids=lambda kind: kind.event_type)


def test_every_event_has_its_golden_message_and_no_message_lost_its_event():
    assert set(GOLDEN) == set(EVENTS)


@every_kind
def test_a_golden_message_is_read_and_written_again_as_it_was(kind: type[Event]):
    golden = GOLDEN[kind.event_type]
    envelope = Envelope.model_validate_json(json.dumps(golden))
    event = envelope.event()
    assert type(event) is kind
    assert without_newer(json.loads(event.model_dump_json()), golden["data"]) == golden["data"]
    assert json.loads(envelope.model_dump_json()) == golden


@pytest.mark.parametrize("path", sorted(FOLDER.glob("with_persons/*.json")), ids=lambda p: p.stem)
def test_what_is_told_of_persons_goods_and_ceilings_is_read_and_written_as_it_is(path: Path):
    golden = json.loads(path.read_text())
    envelope = Envelope.model_validate(golden)
    event = envelope.event()
    assert type(event) is EVENTS[path.stem]
    assert json.loads(event.model_dump_json()) == golden["data"]


def without_newer(written: Any, golden: Any) -> Any:
    """Return what is written today less the optional fields that are younger than the message."""
    if isinstance(golden, dict):
        return {key: without_newer(written[key], golden[key]) for key in golden}
    if isinstance(golden, list) and len(written) == len(golden):
        return [without_newer(*pair) for pair in zip(written, golden, strict=True)]
    return written


@every_kind
def test_it_is_a_cloud_event(kind: type[Event]):
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    golden = GOLDEN[kind.event_type]
    jsonschema.Draft202012Validator(CLOUD_EVENT, format_checker=checker).validate(golden)
    assert kind.event_type == golden["type"]
    assert kind.event_type.rsplit(".", 1)[1].removeprefix("v").isdigit()


@every_kind
def test_what_is_enclosed_today_is_a_cloud_event_too(kind: type[Event]):
    golden = GOLDEN[kind.event_type]
    read = Envelope.model_validate(golden)
    event = read.event()
    assert event is not None
    same = {name: getattr(read, name) for name in ("source", "subject", "sequence", "time")}
    made = enclose(event, event_id=UUID(read.id), **same)
    assert without_newer(json.loads(made.model_dump_json()), golden) == golden


@every_kind
def test_a_field_that_is_not_known_yet_is_tolerated_at_every_depth(kind: type[Event]):
    grown = with_more(GOLDEN[kind.event_type])
    envelope = Envelope.model_validate_json(json.dumps(grown))
    assert envelope.event() == Envelope.model_validate(GOLDEN[kind.event_type]).event()


def with_more(value: Any) -> Any:
    """Return a message as a later version of its sender might write it."""
    if isinstance(value, dict):
        return {**{key: with_more(one) for key, one in value.items()}, "addedlater": 1}
    return [with_more(one) for one in value] if isinstance(value, list) else value


@every_kind
def test_a_required_field_that_is_missing_is_unreadable_and_not_guessed(kind: type[Event]):
    golden = GOLDEN[kind.event_type]
    for name, field in kind.model_fields.items():
        if field.is_required():
            data = {key: value for key, value in golden["data"].items() if key != name}
            with pytest.raises(ValidationError):
                Envelope.model_validate({**golden, "data": data}).event()


def test_cards_of_before_the_rule_count_at_once_and_those_of_today_wait():
    golden = GOLDEN["cards.issued.v1"]
    before = Envelope.model_validate(golden).event()
    assert isinstance(before, CardsIssuedV1)
    assert before.counts_at_once
    data = {**golden["data"], "counts_at_once": False}
    today = Envelope.model_validate({**golden, "data": data}).event()
    assert isinstance(today, CardsIssuedV1)
    assert not today.counts_at_once
    golden = GOLDEN["card.status_changed.v1"]
    data = {**golden["data"], "status": "not_active"}
    waits = Envelope.model_validate({**golden, "data": data}).event()
    assert isinstance(waits, CardStatusChangedV1)
    assert waits.status == "not_active"


def test_a_type_that_is_not_known_is_told_apart_from_one_that_is_broken():
    golden = GOLDEN["card.status_changed.v1"]
    assert Envelope.model_validate({**golden, "type": "card.eaten.v1"}).event() is None


@every_kind
def test_personal_data_travels_sealed_or_not_at_all(kind: type[Event]):
    for model in models_of(kind):
        for name in model.model_fields:
            is_personal = any(part in PERSONAL for part in name.split("_"))
            assert not is_personal or name in NAMES_OF_THINGS, f"{model.__name__}.{name}"


@every_kind
def test_a_model_cannot_be_changed_and_ignores_what_it_does_not_know(kind: type[Event]):
    for model in models_of(kind):
        assert model.model_config.get("frozen") is True, model.__name__
        assert model.model_config.get("extra") == "ignore", model.__name__


def models_of(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for part in (field.annotation, *get_args(field.annotation)):
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from models_of(part)


@pytest.mark.parametrize(
    ("kind", "field"), [("enrolments.approved.v1", "enrolments"), ("cards.issued.v1", "cards")]
)
def test_a_batch_has_a_largest_size(kind: str, field: str):
    golden = GOLDEN[kind]
    one = golden["data"][field][0]
    for count, fits in ((BATCH_MAX, True), (BATCH_MAX + 1, False)):
        envelope = Envelope.model_validate(
            {**golden, "data": {**golden["data"], field: [one] * count}}
        )
        if fits:
            assert envelope.event() is not None
        else:
            with pytest.raises(ValidationError):
                envelope.event()
