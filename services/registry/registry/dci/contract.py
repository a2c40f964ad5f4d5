"""The published definitions of the interface, and whether a message has their form."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from registry.dci.rules import Registry, moment

FAULTS_TOLD_MAX = 3
FORMATS = FormatChecker(formats=())


def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or moment(value) is not None


def _is_address(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)


FORMATS.checks("date-time")(_is_moment)
FORMATS.checks("uri")(_is_address)


@cache
def definition(registry: Registry) -> dict[str, Any]:
    """Return the OpenAPI definition of one of the two interfaces."""
    text = files("registry.dci.spec").joinpath(f"{registry}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@cache
def _validator(registry: Registry, pointer: str) -> Draft202012Validator:
    whole = {**definition(registry), "$ref": f"#{pointer}"}
    return Draft202012Validator(whole, format_checker=FORMATS)


def _pointer(path: str) -> str:
    escaped = path.replace("~", "~0").replace("/", "~1")
    return f"/paths/{escaped}/post/requestBody/content/application~1json/schema"


def fault_of(registry: Registry, path: str, body: Mapping[str, Any]) -> str | None:
    """Return where a request is not as the definition says, never what it says there; or None."""
    return _fault(_validator(registry, _pointer(path)), body)


def fault_of_schema(registry: Registry, name: str, body: Any) -> str | None:
    """Return where a value is not as a named schema says, or None."""
    return _fault(_validator(registry, f"/components/schemas/{name}"), body)


def _fault(validator: Draft202012Validator, body: Any) -> str | None:
    errors = sorted(validator.iter_errors(body), key=lambda one: len(one.absolute_path))
    if not errors:
        return None
    return "; ".join(_said(_deepest(one)) for one in errors[:FAULTS_TOLD_MAX])


def _deepest(error: ValidationError) -> ValidationError:
    """Follow oneOf into the branch that was meant: the one whose faults lie deepest."""
    while error.context:
        error = max(error.context, key=lambda one: len(one.absolute_path))
    return error


def _said(error: ValidationError) -> str:
    place = ".".join(str(part) for part in error.absolute_path) or "message"
    rule = str(error.validator)
    if rule == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return f"{place}: {', '.join(missing)} missing"
    return f"{place}: {rule} {error.validator_value}"[:200]
