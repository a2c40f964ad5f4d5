"""Examples for partners' own systems, as the description of the HTTP interface shows them.

A clinic that gives a free service to a small child, and a school whose fee is paid for a pupil.
Both ask for a token first (client credentials, at the issuer's token endpoint), then check the
card, then redeem. Benefits, cycle and partners are the demonstration's: with one of its cards
(`redemption.cli demo-cards` names some) and what the check answers for it, the requests work as
they stand. A test holds every example against the schema, another sends them to a whole stack.
"""

from typing import Any

from fastapi import FastAPI

from common import demo
from common.auth.issuer import DISCOVERY_PATH

JSON = "application/json"
PROBLEM = "application/problem+json"
CLINIC_CARD, SCHOOL_CARD = "0M6SC-7N75Y-R3H3", "730MK-0JJVD-HYRF"
CYCLE = str(demo.CYCLE_ID)
CHILD, PUPIL = "01930000-0000-7000-8000-0000000000d1", "01930000-0000-7000-8000-0000000000d2"
CHECK_UP, FEE = str(demo.CHILD_CHECK_ID), str(demo.SCHOOL_FEE_ID)
CLINIC_ACT, SCHOOL_ACT = (
    "01930000-0000-7000-8000-0000000000a1",
    "01930000-0000-7000-8000-0000000000a2",
)
CLINIC_RIGHT, SCHOOL_RIGHT = (
    "01930000-0000-7000-8000-0000000000e1",
    "01930000-0000-7000-8000-0000000000e2",
)
CLINIC, SCHOOL = str(demo.PARTNER_CLINIC_ID), str(demo.PARTNER_SCHOOL_ID)


def _example(summary: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"summary": summary, "value": value}


def _offered(**own: Any) -> dict[str, Any]:
    return {
        "cycle_id": CYCLE,
        "subject": "person",
        "opens_on": "2026-10-01",
        "closes_on": "2027-03-31",
        "goods_categories": [],
        "can_be_given": True,
        "why_not": None,
        **own,
    }


def _checked(number: str, name: str, *, pin: str, right: dict[str, Any]) -> dict[str, Any]:
    return {
        "is_valid": True,
        "why_not": None,
        "card_number": number,
        "printed_name": name,
        "expires_on": "2031-02-20",
        "pin": pin,
        "benefits": [right],
    }


CHECK_UP_RIGHT = _offered(
    entitlement_id=CLINIC_RIGHT,
    benefit_id=CHECK_UP,
    subject_id=CHILD,
    subject_name="AISYAH",
    kind="service",
    name_id="Pemeriksaan kesehatan balita",
    name_en="Health check, child under five",
    unit_rupiah=0,
    remaining_quantity=2,
    remaining_rupiah=0,
)
FEE_RIGHT = _offered(
    entitlement_id=SCHOOL_RIGHT,
    benefit_id=FEE,
    subject_id=PUPIL,
    subject_name="DIMAS",
    kind="fee",
    name_id="Biaya sekolah SMA/SMK, enam bulan",
    name_en="Senior secondary school fee, six months",
    unit_rupiah=1_200_000,
    remaining_quantity=1,
    remaining_rupiah=1_200_000,
)
CHECK_REQUESTS = {
    "clinic": _example(
        "Klinik: nomor kartu yang diketik / Clinic: a typed card number", {"card": CLINIC_CARD}
    ),
    "school": _example(
        "Sekolah: nomor kartu yang diketik / School: a typed card number", {"card": SCHOOL_CARD}
    ),
}
CHECK_ANSWERS = {
    "clinic": _example(
        "Klinik: hak seorang anak balita / Clinic: the right of a small child",
        _checked(CLINIC_CARD, "SITI AMINAH", pin="set", right=CHECK_UP_RIGHT),
    ),
    "school": _example(
        "Sekolah: hak seorang siswa / School: the right of a pupil",
        _checked(SCHOOL_CARD, "BUDI SANTOSO", pin="none", right=FEE_RIGHT),
    ),
}
REDEEM_REQUESTS = {
    "clinic": _example(
        "Klinik: satu pemeriksaan, dengan PIN / Clinic: one check-up, with the PIN",
        {
            "id": CLINIC_ACT,
            "card": CLINIC_CARD,
            "cycle_id": CYCLE,
            "benefit_id": CHECK_UP,
            "subject_id": CHILD,
            "quantity": 1,
            "holder_check": "pin_right",
            "pin": "274951",
        },
    ),
    "school": _example(
        "Sekolah: biaya satu siswa, nama dicocokkan / School: a pupil's fee, the name compared",
        {
            "id": SCHOOL_ACT,
            "card": SCHOOL_CARD,
            "entitlement_id": SCHOOL_RIGHT,
            "holder_check": "name_compared",
        },
    ),
}


def _receipt(act: str, right: dict[str, Any], *, number: str, partner: tuple[str, str], left: int
             ) -> dict[str, Any]:  # fmt: skip
    return {
        "id": act,
        "receipt_number": number,
        "redeemed_at": "2026-10-05T02:15:00Z",
        "partner_id": partner[0],
        "partner_name": partner[1],
        "entitlement_id": right["entitlement_id"],
        "cycle_id": CYCLE,
        "benefit_id": right["benefit_id"],
        "benefit_name_id": right["name_id"],
        "benefit_name_en": right["name_en"],
        "quantity": 1,
        "amount_rupiah": right["unit_rupiah"],
        "remaining_quantity": left,
        "remaining_rupiah": left * right["unit_rupiah"],
    }


REDEEM_ANSWERS = {
    "clinic": _example(
        "Klinik: tercatat / Clinic: recorded",
        _receipt(
            CLINIC_ACT,
            CHECK_UP_RIGHT,
            number="00000-00051",
            partner=(CLINIC, "Puskesmas Contoh Kasongan"),
            left=1,
        ),
    ),
    "school": _example(
        "Sekolah: tercatat / School: recorded",
        _receipt(
            SCHOOL_ACT,
            FEE_RIGHT,
            number="00000-00052",
            partner=(SCHOOL, "SMA Negeri Contoh 1 Kapuas"),
            left=0,
        ),
    ),
}
REFUSED = {
    "not_in_partner_contract": _example(
        "Ditolak, dengan cara melanjutkan / Refused, with a way on",
        {
            "type": "urn:khbs:problem:not_in_partner_contract",
            "status": 409,
            "code": "not_in_partner_contract",
            "title": "Bantuan ini tidak termasuk dalam kontrak mitra ini",
            "detail": "Arahkan keluarga ke mitra yang melayaninya.",
            "messages": {
                "id": {
                    "title": "Bantuan ini tidak termasuk dalam kontrak mitra ini",
                    "action": "Arahkan keluarga ke mitra yang melayaninya.",
                },
                "en": {
                    "title": "This benefit is not part of this partner's contract",
                    "action": "Send the family to a partner that gives it.",
                },
            },
            "request_id": "01930000-0000-7000-8000-0000000000f1",
        },
    )
}


# Of each path: what is sent, with which status it is answered, and the answers.
EXAMPLES = {
    "/v1/card-checks": (CHECK_REQUESTS, "200", CHECK_ANSWERS),
    "/v1/redemptions": (REDEEM_REQUESTS, "201", REDEEM_ANSWERS),
}


HOW_TO_BEGIN = """A partner's own system gets an id and a secret of an administrator (*Akun*,
*Sistem mitra*). It asks the issuer's `token_endpoint` for one (`grant_type=client_credentials`),
sends it as `Authorization: Bearer …`, asks `POST /v1/card-checks` what the family may have, and
records it with `POST /v1/redemptions` under an id (UUIDv7) of its own: the same request sent again
gets the first answer. Refusals are problem details in both languages, with a way on. The examples
are of the demonstration: with a card of it, and the ids that the check answers, they work there."""


def attach(app: FastAPI) -> None:
    """Put the examples, and how to begin, into the app's description of itself.

    Afterwards, because FastAPI leaves out every null of what it is given, and then an example
    would lack what its schema requires.
    """
    describe = app.openapi

    def with_examples() -> dict[str, Any]:
        if app.openapi_schema is None:
            _put(describe(), app.state.settings.issuer)
        return describe()

    app.openapi = with_examples  # type: ignore[method-assign]


def _put(description: dict[str, Any], issuer: str) -> None:
    description["info"]["description"] = HOW_TO_BEGIN
    scheme = {"type": "openIdConnect", "openIdConnectUrl": issuer + DISCOVERY_PATH}
    description["components"]["securitySchemes"] = {"issuer": scheme}
    for path, (requests, status, answers) in EXAMPLES.items():
        post = description["paths"][path]["post"]
        post["security"] = [{"issuer": []}]
        post["requestBody"]["content"][JSON]["examples"] = requests
        post["responses"][status]["content"][JSON]["examples"] = answers
        post["responses"]["409"] = {
            "description": "Refused: problem details (RFC 9457) in both languages, with a way on.",
            "content": {PROBLEM: {"examples": REFUSED}},
        }
