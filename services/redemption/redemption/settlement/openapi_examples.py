"""Examples of a school's settlement, as the description of the HTTP interface shows them.

A test holds each against the schema and against what the service itself would say.
"""

from typing import Any

from fastapi import FastAPI

from redemption.settlement.act_rules import SETTLEMENTS

JSON, PROBLEM = "application/json", "application/problem+json"
SCHOOL = "01930000-0000-7000-8000-000000000003"
SETTLEMENT = "01930000-0000-7000-8000-0000000000a9"
ACT = "01930000-0000-7000-8000-0000000000aa"
OWED = 13_050_000
NAMES = {
    "benefit_name_id": "Biaya sekolah semester ganjil",
    "benefit_name_en": "School fee, first term",
}


def _example(summary: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"school": {"summary": summary, "value": value}}


SUMMARY: dict[str, Any] = {
    "id": SETTLEMENT,
    "number": "P-0000-00A9",
    "partner_id": SCHOOL,
    "partner_name": "SMA Negeri Contoh 1 Kapuas",
    "first_on": "2026-03-01",
    "last_on": "2026-03-31",
    "state": "sent",
    "lines": 31,
    "given_rupiah": 13_500_000,
    "deducted_rupiah": 450_000,
    "carried_rupiah": 0,
    "owed_rupiah": OWED,
    "links": {
        "self": f"{SETTLEMENTS}/{SETTLEMENT}",
        "lines": f"{SETTLEMENTS}/{SETTLEMENT}/lines",
        "csv": f"/settlements/{SETTLEMENT}/lines.csv",
        "pdf": f"/settlements/{SETTLEMENT}/statement.pdf",
    },
}
SENT = [
    {"act": "drawn_up", "by_name": "Rina", "at": "2026-04-01T02:10:00Z", "words": ""},
    {"act": "sent", "by_name": "Rina", "at": "2026-04-01T02:12:00Z", "words": ""},
]
AGREED = {"act": "agreed", "by_name": "Yohanes", "at": "2026-04-02T01:05:00Z", "words": ""}
DETAIL = {
    **SUMMARY,
    "benefits": [
        {
            **NAMES,
            "given": 30,
            "given_rupiah": 13_500_000,
            "deducted": 1,
            "deducted_rupiah": 450_000,
            "owed_rupiah": OWED,
        }
    ],
    "kinds": [
        {"kind": "redemption", "lines": 30, "rupiah": 13_500_000},
        {"kind": "reversal", "lines": 1, "rupiah": -450_000},
    ],
    "acts": SENT,
    "may_agree": True,
    "payment_reason": "",
}
LINES = {
    "lines": [
        {
            "kind": "redemption",
            "line_id": "01930000-0000-7000-8000-0000000000a2",
            "receipt_number": "00000-00052",
            "at": "2026-03-02T02:15:00Z",
            **NAMES,
            "quantity": 1,
            "amount_rupiah": 450_000,
        }
    ],
    "next": None,
}
ANSWERS = {
    ("get", SETTLEMENTS): _example(
        "Pelunasan milik mitra, yang terbaru dahulu / The partner's settlements, the newest first",
        {"settlements": [SUMMARY], "next": None},
    ),
    ("get", f"{SETTLEMENTS}/{{settlement_id}}"): _example(
        "Satu pelunasan yang menunggu kesepakatan / One that waits to be agreed to", DETAIL
    ),
    ("get", f"{SETTLEMENTS}/{{settlement_id}}/lines"): _example(
        "Baris-barisnya / Its lines", LINES
    ),
    ("post", f"{SETTLEMENTS}/{{settlement_id}}/agreement"): _example(
        "Disepakati / Agreed",
        {**DETAIL, "state": "agreed", "acts": [*SENT, AGREED], "may_agree": False},
    ),
}
REQUEST = _example(
    "Sekolah menyepakati jumlah yang dibacanya / A school agrees to the sum that it has read",
    {"id": ACT, "owed_rupiah": OWED},
)
REFUSED = "Refused: problem details (RFC 9457) in both languages, with a way on."


def attach(app: FastAPI) -> None:
    """Put the examples into the app's description of itself, afterwards.

    FastAPI leaves out every null of what it is given, and then they would lack what they need.
    """
    describe = app.openapi

    def with_examples() -> dict[str, Any]:
        is_new = app.openapi_schema is None
        described = describe()
        if is_new:
            _put(described["paths"])
        return described

    app.openapi = with_examples  # type: ignore[method-assign]


def _put(paths: dict[str, Any]) -> None:
    for (method, path), examples in ANSWERS.items():
        operation = paths[path][method]
        operation["security"] = [{"issuer": []}]
        status = "201" if method == "post" else "200"
        operation["responses"][status]["content"][JSON]["examples"] = examples
        for refused in ("404", "409") if method == "post" else ("404",):
            content = {PROBLEM: {"schema": {"type": "object"}}}
            operation["responses"][refused] = {"description": REFUSED, "content": content}
        if method == "post":
            operation["requestBody"]["content"][JSON]["examples"] = REQUEST
