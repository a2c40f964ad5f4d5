"""After the first list: a newer quarter takes families off, and a head of a family dies."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from tests.e2e.people import Person, Town
from tests.e2e.registry_steps import (
    REASON,
    list_in,
    propose,
    save,
    sign,
    today,
    upload,
    visit_and_verify,
)
from tests.e2e.waiting import until

from common.card_number import card_number
from common.ids import new_id

# Approved by the demonstration, and left alone by its own difference list.
VILLAGE = "62.03.10.2001"
# More than a tenth of the village's families: the removal guard asks for two signatures.
LEAVING = 5
TOO_WELL_OFF = 9
COUNTS = {"valid"}


@pytest.fixture(scope="module")
def families(town: Town, people: dict[str, Person]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Families of the village with a card that counts: the KK number, and what is known."""
    return enrolled(town, people["operator"])


def enrolled(town: Town, operator: Person) -> Iterator[tuple[str, dict[str, Any]]]:
    folder = next(Path(town.state["data"]).joinpath("population").glob(f"*/villages/{VILLAGE}"))
    sheet = openpyxl.load_workbook(folder / "penduduk.xlsx").active
    assert sheet is not None
    head, *rows = sheet.iter_rows(values_only=True)
    cards = dict.fromkeys(str(row[head.index("no_kk")]) for row in rows)
    for kk in (one for one in cards if len(one) == 16 and one.isdigit()):
        found = operator.post("registry", "/v1/households/search", {"number": kk})["households"]
        if not found or found[0]["region_code"] != VILLAGE or found[0]["card_status"] not in COUNTS:
            continue
        yield kk, operator.get("registry", f"/v1/households/{found[0]['id']}")


def number_of(family: dict[str, Any]) -> str:
    return card_number(next(c["card_id"] for c in family["cards"] if c["status"] in COUNTS))


def test_a_newer_quarter_ends_enrolments_only_by_visits_and_two_signatures(
    people: dict[str, Person], families: Iterator[tuple[str, dict[str, Any]]], cycle_id: str
) -> None:
    leavers = list(islice(families, LEAVING))
    number, ids = number_of(leavers[0][1]), {family["id"] for _, family in leavers}
    parcel = until(lambda: offered(people["mitra"], number, "parcel"), "the card is known")
    assert parcel["why_not"] is None
    quarter = f"{today().year}-Q{(today().month + 2) // 3}"
    lines = [f"{kk},{TOO_WELL_OFF},{quarter}" for kk, _ in leavers]
    content = "\n".join(["no_kk,desil,periode", *lines]).encode()
    operator, verifier = people["operator"], people["verifikator"]
    save(operator, upload(operator, VILLAGE, "desil-baru.csv", content))

    difference = propose(operator, cycle_id, VILLAGE, against=cycle_id)["id"]
    strike_flagged(verifier, difference)
    path = f"/v1/lists/{difference}"
    members = verifier.get("registry", f"{path}/members", action="leave")["members"]
    assert ids <= {one["household_id"] for one in members}
    visit_and_verify(verifier, difference)
    assert sign(people["penyetuju"], difference) == "awaiting_second"
    shown = people["penyetuju2"].get("registry", path)
    signed = {"content_hash": shown["content_hash"]}
    alone = people["penyetuju"].call("POST", "registry", f"{path}/second-approval", json=signed)
    assert alone.json()["code"] == "same_person_worked_on_list"
    people["penyetuju2"].post("registry", f"{path}/second-approval", signed, wants=202)
    list_in(people["penyetuju2"], difference, "approved")

    refused_at_the_counter(people["mitra"], number, parcel)
    check = people["mitra"].post("redemption", "/v1/card-checks", {"card": number})
    assert check["is_valid"], "services go on through the days of grace, so the card does"
    assert {one["why_not"]["code"] for one in check["benefits"]} == {"entitlement_ended"}


def offered(partner: Person, number: str, kind: str) -> dict[str, Any] | None:
    """What a card can be used for, of one kind; None while the card is not known."""
    check = partner.post("redemption", "/v1/card-checks", {"card": number})
    return next((one for one in check["benefits"] if one["kind"] == kind), None)


def strike_flagged(verifier: Person, list_id: str) -> None:
    """Take families off that have to be checked first, as their pages tell."""
    path = f"/v1/lists/{list_id}"
    entering = verifier.get("registry", f"{path}/members", action="enter")["members"]
    for one in entering:
        if verifier.get("registry", path)["flagged"] == 0:
            return
        body = {"household_id": one["household_id"], "reason": REASON}
        verifier.post("registry", f"{path}/strikes", body, wants=201)


def refused_at_the_counter(partner: Person, number: str, parcel: dict[str, Any]) -> None:
    """Try until the counter has heard that the right has ended, then read what it says."""

    def refused() -> dict[str, Any] | None:
        wanted = {
            "id": str(new_id()),
            "card": number,
            "entitlement_id": parcel["entitlement_id"],
            "quantity": 99,  # Never given, so that trying does not take it.
            "holder_check": "name_compared",
        }
        said = partner.call("POST", "redemption", "/v1/redemptions", json=wanted).json()
        return said if said["code"] == "entitlement_ended" else None

    said = until(refused, "the counter hears that the right has ended")
    assert "Jangan serahkan" in str(said["messages"]["id"])
    assert "not" in str(said["messages"]["en"])


def card_states(desk: Person, number: str) -> set[str]:
    found = desk.post("issuance", "/v1/cards/searches", {"card_number": number})
    return {one["state"] for one in found}


def test_a_head_who_died_is_followed_and_the_card_desk_is_asked_for_another_card(
    people: dict[str, Person], families: Iterator[tuple[str, dict[str, Any]]]
) -> None:
    family = next(family for _, family in families if len(living(family)) > 1)
    old, new = sorted(living(family), key=lambda one: one["relation"] != "head")[:2]
    change = {
        "id": str(new_id()),
        "household_id": family["id"],
        "kind": "person_died",
        "happened_on": (today() - timedelta(days=3)).isoformat(),
        "reason": "Akta kematian dibawa anaknya ke kantor desa",
        "evidence_kind": "death_certificate",
        "person_ids": [old["id"]],
        "head_id": new["id"],
    }
    number = number_of(family)
    record_and_confirm(people, change)

    desk = f"{people['kartu'].town.url('issuance')}/cards/families/{family['id']}"
    until(
        lambda: "Ganti kartu" in people["kartu"].http.get(desk).text,
        "the card desk is asked to replace the card",
    )
    check = people["mitra"].post("redemption", "/v1/card-checks", {"card": number})
    assert check["is_valid"], "the family goes without nothing until it comes for the new card"


def record_and_confirm(people: dict[str, Person], change: dict[str, Any]) -> None:
    people["operator"].post("registry", "/v1/changes", change, wants=201)
    shown = people["verifikator"].get("registry", f"/v1/changes/{change['id']}")
    agreed = {"plan_hash": shown["plan_hash"]}
    path = f"/v1/changes/{change['id']}/confirmation"
    alone = people["operator"].call("POST", "registry", path, json=agreed)
    assert alone.status_code == 403
    people["verifikator"].post("registry", path, agreed)


def test_the_card_of_a_family_that_left_the_province_counts_no_longer(
    people: dict[str, Person], families: Iterator[tuple[str, dict[str, Any]]]
) -> None:
    family = next(families)[1]
    number = number_of(family)
    change = {
        "id": str(new_id()),
        "household_id": family["id"],
        "kind": "moved_out",
        "happened_on": (today() - timedelta(days=2)).isoformat(),
        "reason": "Surat pindah ke Kalimantan Selatan diperlihatkan",
        "evidence_kind": "move_letter",
    }
    record_and_confirm(people, change)

    def refused() -> dict[str, Any] | None:
        check = people["mitra"].post("redemption", "/v1/card-checks", {"card": number})
        return None if check["is_valid"] else dict(check["why_not"])

    assert until(refused, "the counter hears that the card is revoked")["code"] == "card_revoked"
    assert card_states(people["kartu"], number) == {"revoked"}


def living(family: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for one in family["members"] if one["status"] == "alive"]
