"""The form of an agreement: read, judged, and shown again with what was typed."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any

from fastapi import Form, Request

from common import clock
from registry.accounts import region_entry
from registry.dci import outbound, signatures
from registry.dci.pages import texts
from registry.dci.rules import FIELDS, day
from registry.dci.work import policy_of

SENDER = re.compile(r"[A-Za-z0-9._-]{3,64}")
CODE = re.compile(r"[a-z][a-z0-9_]{1,30}")
WORDS_MAX = 300
LINES_MAX = 20

Short = Annotated[str, Form(max_length=400)]
Lines = Annotated[str, Form(max_length=8000)]


@dataclass(frozen=True, slots=True)
class AgencyForm:
    """An agreement as it was typed."""

    agency_name: str = ""
    sender_id: str = ""
    purpose: str = ""
    legal_basis: str = ""
    regions: str = ""
    roster_codes: str = ""
    callback_addresses: str = ""
    public_keys: str = ""
    keys_address: str = ""
    valid_until: str = ""
    needs_signature: bool = True
    fields: list[str] = field(default_factory=list)

    def values(self) -> dict[str, Any]:
        """Return what was meant; only asked for when `faults` has none."""
        return {
            "agency_name": _line(self.agency_name),
            "sender_id": self.sender_id.strip(),
            "purpose": _line(self.purpose),
            "legal_basis": _line(self.legal_basis),
            "regions": list(region_entry.read(self.regions).codes),
            "fields": [one for one in FIELDS if one in self.fields],
            "roster_codes": _lines(self.roster_codes),
            "callback_addresses": [one.rstrip("/") for one in _lines(self.callback_addresses)],
            "public_keys": signatures.public_keys(self.public_keys),
            "keys_address": self.keys_address.strip() or None,
            "needs_signature": self.needs_signature,
            "valid_until": day(self.valid_until.strip()),
        }

    def faults(self, request: Request) -> dict[str, str]:
        """Return what is wrong, by field, in the reader's language."""
        _ = request.app.state.pages.gettext(request)
        found: dict[str, str] = {}
        for name in ("agency_name", "purpose", "legal_basis"):
            words = _line(getattr(self, name))
            if not words or len(words) > WORDS_MAX:
                found[name] = _(texts.NEEDED)
        if not SENDER.fullmatch(self.sender_id.strip()):
            found["sender_id"] = _(texts.BAD_SENDER)
        if not set(self.fields) & set(FIELDS):
            found["fields"] = _(texts.NO_FIELD)
        if any(not CODE.fullmatch(one) for one in _lines(self.roster_codes)):
            found["roster_codes"] = _(texts.BAD_CODES)
        until = day(self.valid_until.strip())
        if until is None or until < clock.utc_now().date():
            found["valid_until"] = _(texts.BAD_DAY)
        return found | self._place_faults(_) | self._way_faults(request, _)

    def _place_faults(self, _: Callable[[str], str]) -> dict[str, str]:
        entry = region_entry.read(self.regions)
        if entry.doubtful:
            return {"regions": _(texts.BAD_REGION) % {"line": entry.doubtful[0][0]}}
        return {} if entry.codes else {"regions": _(texts.NO_REGION)}

    def _way_faults(self, request: Request, _: Callable[[str], str]) -> dict[str, str]:
        found: dict[str, str] = {}
        policy = policy_of(request.app.state.settings)
        told = [("callback_addresses", one) for one in _lines(self.callback_addresses)]
        told += [("keys_address", one) for one in _lines(self.keys_address)]
        for name, address in told:
            try:
                outbound.demand_address(address, policy)
            except outbound.NotCallable:
                found[name] = _(texts.BAD_ADDRESS) % {"line": address}
        try:
            keys = signatures.public_keys(self.public_keys)
        except signatures.KeyFault as fault:
            return found | {"public_keys": _(texts.BAD_KEYS) % {"why": fault}}
        if self.needs_signature and not keys:
            found["public_keys"] = _(texts.KEY_NEEDED)
        return found


def agency_form(
    *,
    agency_name: Short = "",
    sender_id: Short = "",
    purpose: Short = "",
    legal_basis: Short = "",
    regions: Lines = "",
    roster_codes: Lines = "",
    callback_addresses: Lines = "",
    public_keys: Annotated[str, Form(max_length=20_000)] = "",
    keys_address: Short = "",
    valid_until: Short = "",
    needs_signature: Annotated[str, Form(max_length=10)] = "",
    fields: Annotated[list[str], Form(max_length=30)] = [],  # noqa: B006 - FastAPI copies it
) -> AgencyForm:
    """Read the form."""
    return AgencyForm(
        agency_name,
        sender_id,
        purpose,
        legal_basis,
        regions,
        roster_codes,
        callback_addresses,
        public_keys,
        keys_address,
        valid_until,
        needs_signature == "yes",
        fields,
    )


def form_of(row: Mapping[str, Any]) -> AgencyForm:
    """Return a kept agreement as the form shows it."""
    keys = row["public_keys"]
    return AgencyForm(
        row["agency_name"],
        row["sender_id"],
        row["purpose"],
        row["legal_basis"],
        "\n".join(row["regions"]),
        "\n".join(row["roster_codes"]),
        "\n".join(row["callback_addresses"]),
        json.dumps({"keys": keys}, indent=1) if keys else "",
        row["keys_address"] or "",
        row["valid_until"].isoformat(),
        row["needs_signature"],
        list(row["fields"]),
    )


def a_year_from(today: date) -> str:
    """Return the end of an agreement as the form proposes it."""
    return date(today.year + 1, today.month, min(today.day, 28)).isoformat()


def _line(text: str) -> str:
    return " ".join(text.split())


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()][:LINES_MAX]
