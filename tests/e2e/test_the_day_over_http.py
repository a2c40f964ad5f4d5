"""The card's whole day through the interface that programs use, on the real stack."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.e2e.desk_steps import count_and_receive, hand_over, refused_hand_over
from tests.e2e.people import Person, Town
from tests.e2e.registry_steps import (
    REASON,
    list_in,
    propose,
    save,
    sign,
    upload,
    visit_and_verify,
)
from tests.e2e.sheets import claims_checked_by_others, codes_in
from tests.e2e.village_file import VillageFile, village_file
from tests.e2e.waiting import until

from common.base45 import decode_base45
from common.demo import PARTNER_FOOD_POINT_ID
from common.ids import new_id


@pytest.fixture(scope="module")
def file() -> VillageFile:
    return village_file(time.time_ns())


def imported(operator: Person, village: str, file: VillageFile) -> dict[str, Any]:
    """Upload the file and commit what is right in it; the batch afterwards."""
    batch_id = upload(operator, village, "penduduk.xlsx", file.content)
    wrong = operator.get("registry", f"/v1/imports/{batch_id}/errors")["rows"]
    assert [one["cell"] for row in wrong for one in row["errors"]] == [file.damaged_cell]
    assert "NIK" in wrong[0]["errors"][0]["id"]
    return save(operator, batch_id)


def decided(verifier: Person, cycle_id: str, village: str, file: VillageFile) -> list[str]:
    """The families of the file, once the criteria have been applied to them."""

    def ours() -> list[str] | None:
        found = verifier.get("registry", f"/v1/cycles/{cycle_id}/decisions", region_code=village)[
            "decisions"
        ]
        mine = [one["household_id"] for one in found if one["head_name"] in file.heads]
        return mine if len(mine) == file.families else None

    return until(ours, "every family has a decision")


@pytest.fixture(scope="module")
def on_the_list(
    town: Town, people: dict[str, Person], cycle_id: str, file: VillageFile
) -> list[str]:
    """A file goes in, three people decide, and its families are on an approved list."""
    village = town.empty_village
    imported(people["operator"], village, file)
    families = decided(people["verifikator"], cycle_id, village, file)
    review = {"household_ids": families, "outcome": "eligible", "reason": REASON}
    people["verifikator"].post("registry", f"/v1/cycles/{cycle_id}/reviews", review)
    list_id = propose(people["operator"], cycle_id, village)["id"]
    visit_and_verify(people["verifikator"], list_id)
    assert sign(people["penyetuju"], list_id) == "approving"
    list_in(people["penyetuju"], list_id, "approved")
    return families


@pytest.fixture(scope="module")
def print_file(town: Town, people: dict[str, Person], on_the_list: list[str]) -> bytes:
    """The village's cards as the print shop downloads them; they lie at the desk afterwards."""
    batch_id = str(new_id())
    wanted = {"batch_id": batch_id, "region_code": town.empty_village}

    def asked() -> bool:
        answer = people["cetak"].call("POST", "issuance", "/v1/print-batches", json=wanted)
        return answer.status_code == 202 and answer.json()["cards"] >= len(on_the_list)

    until(asked, "the village's cards are signed and can be printed")
    until(
        lambda: (
            people["cetak"].get("issuance", f"/v1/print-batches/{batch_id}")["state"] == "printed"
        ),
        "the print file is made",
    )
    taken = {"download_id": str(new_id())}
    part = f"/v1/print-batches/{batch_id}/parts/1"
    answer = people["cetak"].call("POST", "issuance", f"{part}/downloads", json=taken)
    assert answer.status_code == 200, answer.text
    codes = codes_in(answer.content)
    said = refused_hand_over(people["kartu"], card_id_in(codes[0], people))
    assert "belum diterima di loket" in said, "a card that nobody has counted is given to nobody"
    count_and_receive(people["kartu2"], people["kartu"], part, codes)
    return answer.content


@pytest.fixture(scope="module")
def card(print_file: bytes, people: dict[str, Person]) -> str:
    """The text of one printed code, which counts once its family was given the card."""
    texts = codes_in(print_file)
    assert len(texts) >= 1
    assert len(set(texts)) == len(texts), "two cards carry the same code"

    def waits() -> bool:
        check = people["mitra"].post("redemption", "/v1/card-checks", {"card": texts[0]})
        why = check["why_not"] or {}
        return why.get("code") == "card_not_active"

    until(waits, "a card that is printed and not given counts nowhere")
    hand_over(people["kartu"], card_id_in(texts[0], people))
    until(
        lambda: people["mitra"].post("redemption", "/v1/card-checks", {"card": texts[0]})[
            "is_valid"
        ],
        "the card is known at the counter",
    )
    return texts[0]


def card_id_in(text: str, people: dict[str, Person]) -> str:
    keys = people["kartu"].get("issuance", "/.well-known/jwks.json")
    return str(claims_checked_by_others(decode_base45(text), keys)[7].hex())


def test_the_printed_code_is_signed_by_a_published_key_and_names_no_nik(
    print_file: bytes, people: dict[str, Person], file: VillageFile
):
    keys = people["kartu"].get("issuance", "/.well-known/jwks.json")
    for text in codes_in(print_file):
        claims = claims_checked_by_others(decode_base45(text), keys)
        assert set(claims) == {4, 6, 7, 169, 65535}
        assert claims[169][4] in {head.upper() for head in file.heads} | set(file.heads)
        assert set(claims[169]) == {1, 4}


def test_the_parcel_is_given_once_and_the_second_try_says_when_and_where(
    people: dict[str, Person], card: str
):
    check = people["mitra"].post("redemption", "/v1/card-checks", {"card": card})
    parcel = next(one for one in check["benefits"] if one["kind"] == "parcel")
    wanted = {
        "id": str(new_id()),
        "card": card,
        "entitlement_id": parcel["entitlement_id"],
        "holder_check": "name_compared",
    }
    first = people["mitra"].post("redemption", "/v1/redemptions", wanted, wants=201)
    again = people["mitra"].call("POST", "redemption", "/v1/redemptions", json=wanted)
    assert again.json() == first
    second = {**wanted, "id": str(new_id())}
    refusal = people["mitra"].call("POST", "redemption", "/v1/redemptions", json=second)
    assert refusal.status_code == 409, refusal.text
    said = refusal.json()
    assert said["code"] == "already_redeemed"
    assert first["partner_name"] in str(said["messages"]["id"])
    assert first["partner_name"] in str(said["messages"]["en"])

    today = datetime.now(UTC).date()
    statement = people["mitra-admin"].get(
        "redemption",
        "/v1/statements",
        **{
            "partner": str(PARTNER_FOOD_POINT_ID),
            "from": (today - timedelta(days=1)).isoformat(),
            "to": (today + timedelta(days=1)).isoformat(),
        },
    )
    assert first["receipt_number"] in str(statement)


def offers(partner: Person, card: str) -> list[tuple[str, str | None]]:
    """What a partner sees of a card: each benefit's kind, and whose it is."""
    check = partner.post("redemption", "/v1/card-checks", {"card": card})
    return [
        (one["kind"], one["subject_name"] and one["subject_name"].casefold())
        for one in check["benefits"]
    ]


def test_the_school_serves_the_familys_pupil_and_the_clinic_its_small_child(
    people: dict[str, Person], card: str, file: VillageFile
):
    check = people["guru"].post("redemption", "/v1/card-checks", {"card": card})
    place = [head.casefold() for head in file.heads].index(check["printed_name"].casefold())
    pupil, child = file.pupils[place].casefold(), file.children[place].casefold()
    seen = {user: offers(people[user], card) for user in ("mitra", "guru", "perawat")}
    assert seen == {
        "mitra": [("parcel", None)], "guru": [("fee", pupil)], "perawat": [("service", child)],
    }  # fmt: skip
    (fee,) = check["benefits"]
    wanted = {
        "id": str(new_id()),
        "card": card,
        "cycle_id": fee["cycle_id"],
        "benefit_id": fee["benefit_id"],
        "subject_id": fee["subject_id"],
        "holder_check": "name_compared",
    }
    elsewhere = people["perawat"].call("POST", "redemption", "/v1/redemptions", json=wanted)
    assert elsewhere.json()["code"] == "not_at_this_partner_kind"
    given = people["guru"].post("redemption", "/v1/redemptions", wanted, wants=201)
    assert (given["remaining_quantity"], given["amount_rupiah"]) == (0, fee["unit_rupiah"])
    again = {**wanted, "id": str(new_id())}
    said = people["guru"].call("POST", "redemption", "/v1/redemptions", json=again).json()
    assert said["code"] == "already_redeemed"
    assert "Sudah diambil" in said["messages"]["id"]["title"]
    assert given["partner_name"] in said["messages"]["id"]["title"]
    assert offers(people["perawat"], card) == seen["perawat"], "nothing of the child's was taken"


def test_a_partner_of_another_kind_cannot_give_the_parcel_and_staff_cannot_redeem(
    people: dict[str, Person], card: str
):
    answer = people["auditor"].call("POST", "redemption", "/v1/card-checks", json={"card": card})
    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_missing"


def test_a_blocked_card_is_refused_at_the_counter(
    people: dict[str, Person], print_file: bytes, card: str
):
    other = next(text for text in codes_in(print_file) if text != card)
    card_id = card_id_in(other, people)
    hand_over(people["kartu"], card_id)
    change = {"change_id": str(new_id()), "act": "block", "reason": "lost"}
    people["kartu"].post("issuance", f"/v1/cards/{card_id}/status-changes", change)

    def is_suspended() -> bool:
        check = people["mitra"].post("redemption", "/v1/card-checks", {"card": other})
        return not check["is_valid"] and check["why_not"]["code"] == "card_suspended"

    until(is_suspended, "the counter hears of the block")


def test_the_family_page_knows_the_card_and_what_was_received(
    people: dict[str, Person], on_the_list: list[str]
):
    def received() -> bool:
        pages = [
            people["verifikator"].get("registry", f"/v1/households/{one}") for one in on_the_list
        ]
        return any(page["redemptions"] for page in pages)

    until(received, "the registry hears of the redemption")
