"""The card's whole day as its people see it: pages, in Chromium, from the file to the statement."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, expect
from tests.e2e.browsers import DESK, PHONE, Seat, chromium
from tests.e2e.people import Town
from tests.e2e.sheets import claims_checked_by_others, codes_in
from tests.e2e.village_file import village_file

from common.base45 import decode_base45
from common.card_number import card_number

TO_VISIT = re.compile(r"^\s*Catat kunjungan\s*$")
ARRIVES_WITHIN_MS = 90_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def test_from_the_village_file_to_the_partner_s_statement(
    browser: Browser, town: Town, tmp_path: Path
):
    file = village_file(time.time_ns())
    workbook = tmp_path / "penduduk.xlsx"
    workbook.write_bytes(file.content)

    operator = Seat(browser, town, "operator", DESK)
    upload_and_commit(operator, town.empty_village, workbook, file.damaged_cell)
    list_address = propose(operator, town.empty_village)

    verifier = Seat(browser, town, "verifikator", DESK)
    review_and_verify(verifier, list_address)
    approver = Seat(browser, town, "penyetuju", DESK)
    approve(approver, list_address)

    printer = Seat(browser, town, "cetak", DESK)
    texts = codes_in(printed_sheet(printer, town.empty_village))
    keys = printer.page.request.get(f"{town.url('issuance')}/.well-known/jwks.json").json()
    ours = [
        claims
        for text in texts
        if (claims := claims_checked_by_others(decode_base45(text), keys))[169][4].casefold()
        in {head.casefold() for head in file.heads}
    ]
    assert len(ours) == file.families
    number = card_number(ours[0][7].hex())

    counter, desk = Seat(browser, town, "kartu2", DESK), Seat(browser, town, "kartu", DESK)
    file_address = printer.page.url.removeprefix(town.url("issuance"))
    count_and_receive(counter, desk, file_address, len(texts))
    declare_oneself(desk)
    hand_over_at_the_card_desk(desk, number, ours[0][169][4])

    partner = Seat(browser, town, "mitra", PHONE)
    receipt = take_the_parcel(partner, number, ours[0][169][4])
    refused_the_second_time(partner, number)

    owner = Seat(browser, town, "mitra-admin", DESK)
    owner.open("redemption", "/statements")
    expect(owner.page.locator("main")).to_contain_text(receipt)
    owner.shoot("9-statement")
    for seat in (operator, verifier, approver, printer, counter, desk, partner, owner):
        assert seat.faults == [], seat.user


def reload_until(seat: Seat, wanted: Locator, what: str) -> None:
    """Reload the page, as a person does who waits for another service, until it shows this."""
    deadline = time.monotonic() + ARRIVES_WITHIN_MS / 1000
    while not wanted.count():
        assert time.monotonic() < deadline, f"did not come: {what}"
        seat.page.wait_for_timeout(500)
        seat.page.reload()


def upload_and_commit(operator: Seat, village: str, workbook: Path, damaged_cell: str) -> None:
    page = operator.open("registry", f"/imports/new?regency={village[:5]}")
    page.select_option("select[name=region_code]", village)
    page.set_input_files("input[name=file]", str(workbook))
    operator.press("Unggah dan periksa")
    commit = page.locator("button:has-text('baris yang benar')")
    expect(commit).to_be_visible(timeout=ARRIVES_WITHIN_MS)
    expect(page.locator("main")).to_contain_text(damaged_cell)
    operator.shoot("1-import")
    commit.click()
    operator.agree()
    expect(page.locator("main")).to_contain_text("Disimpan oleh", timeout=ARRIVES_WITHIN_MS)


def propose(operator: Seat, village: str) -> str:
    """Propose the village's list; its address."""
    page = operator.open("registry", f"/lists/new?regency={village[:5]}")
    page.select_option("select[name=region_code]", village)
    operator.press("Usulkan")
    page.wait_for_url("**/lists/*")
    return page.url.removeprefix(operator.town.url("registry"))


def review_and_verify(verifier: Seat, list_address: str) -> None:
    page = verifier.open("registry", f"{list_address}?outcome=needs_review")
    boxes = page.locator("input[name=household_id]")
    reload_until(verifier, boxes, "the families have decisions")
    for number in range(boxes.count()):
        boxes.nth(number).check()
    page.check("input[name=outcome][value=eligible]")
    page.fill("textarea[name=reason]:visible", "Dilihat di rumahnya pada kunjungan lapangan.")
    verifier.shoot("2-review")
    verifier.press("Simpan hasil pemeriksaan")
    page.goto(verifier.town.url("registry") + list_address)
    visit_sample(verifier)
    page.goto(verifier.town.url("registry") + list_address)
    verifier.press("Verifikasi daftar")
    verifier.agree()
    expect(page.locator("main")).to_contain_text("Diverifikasi")


def visit_sample(verifier: Seat) -> None:
    """Draw the families to visit, and record a visit to each."""
    verifier.press("Undi contoh kunjungan")
    page = verifier.page
    expect(page.locator("main h1")).to_have_text("Kunjungan lapangan")
    todo = page.locator("main a.btn", has_text=TO_VISIT)
    left = todo.count()
    assert left >= 1
    verifier.shoot("2-visits")
    for _ in range(left):
        todo.first.click()
        page.check("input[name=finding][value=as_recorded]")
        verifier.press("Simpan kunjungan")
        left -= 1
        expect(todo).to_have_count(left)


def approve(approver: Seat, list_address: str) -> None:
    page = approver.open("registry", list_address)
    page.fill("input[name=decree_number]:visible", "SK-UJI/2/2026")
    approver.shoot("3-approve")
    page.locator("main button:has-text('Setujui')").first.click()
    approver.agree()
    expect(page.locator("main")).to_contain_text("Disetujui", timeout=ARRIVES_WITHIN_MS)
    approver.shoot("4-approved")


def printed_sheet(printer: Seat, village: str) -> bytes:
    """Have the village's cards printed; the file."""
    page = printer.open("issuance", "/prints")
    row = page.locator(f"main a[href$='region_code={village}']")
    reload_until(printer, row, "the village's cards are signed")
    printer.shoot("5-prints")
    row.first.click()
    printer.press("Buat berkas cetak")
    link = page.locator("main button:has-text('Unduh PDF')").first
    link.wait_for(timeout=ARRIVES_WITHIN_MS)
    with page.expect_download() as download:
        link.click()
    return Path(download.value.path()).read_bytes()


def count_and_receive(counter: Seat, desk: Seat, file_address: str, cards: int) -> None:
    """Count what came out of the printer, then receive it at the desk: two people."""
    page = counter.open("issuance", file_address)
    page.fill("input[name=good]", str(cards))
    counter.press("Simpan hitungan")
    counter.shoot("5-counted")
    page = desk.open("issuance", page.url.removeprefix(counter.town.url("issuance")))
    page.fill("input[name=received]", str(cards))
    desk.press("Simpan penerimaan")
    expect(page.locator("main")).to_contain_text("Diterima")
    desk.shoot("5-received")


def declare_oneself(desk: Seat) -> None:
    """Say who the clerk is, once: nobody hands a card to the own family."""
    page = desk.open("issuance", "/handovers/me")
    if page.get_by_text("Data Anda sudah dicatat").count():
        return
    page.fill("input[name=nik]", "6203990101990001")
    page.fill("input[name=kk]", "6203990101990002")
    desk.press("Catat")


def hand_over_at_the_card_desk(desk: Seat, number: str, name: str) -> None:
    """Find the family by its card and give it to the head, who shows an identity card."""
    page = desk.open("issuance", "/cards")
    page.locator("#q").fill(number)
    page.locator("#q").press("Enter")
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text(name, ignore_case=True)
    assert number not in page.url
    desk.shoot("6-card-desk")
    page.locator("#act-hand_over input[name=document][value=ktp]").check()
    page.locator("#act-hand_over button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("Kartu sudah diserahkan")
    desk.shoot("6-handed-over")


def take_the_parcel(partner: Seat, number: str, name: str) -> str:
    """Type the number, compare the name, hand the parcel over; the receipt's number."""
    page = partner.open("redemption", "/counter")
    assert partner.overflow() <= 0
    deadline = time.monotonic() + ARRIVES_WITHIN_MS / 1000
    while not page.locator(".holder-name").count():
        # The hand-over is heard a moment after it happened.
        assert time.monotonic() < deadline, "the counter does not hear of the hand-over"
        page.goto(f"{partner.town.url('redemption')}/counter")
        page.get_by_label("Nomor kartu").fill(number.lower())
        partner.press("Periksa kartu")
    expect(page.locator(".holder-name")).to_have_text(name, ignore_case=True)
    partner.shoot("7-card")
    page.locator("main button:has-text('Paket pangan')").click()
    page.wait_for_load_state()
    partner.shoot("7-confirm")
    partner.press("Nama cocok, serahkan")
    receipt = page.locator(".receipt")
    receipt.wait_for()
    partner.shoot("8-receipt")
    assert partner.overflow() <= 0
    return page.locator(".receipt-number strong").inner_text().strip()


def refused_the_second_time(partner: Seat, number: str) -> None:
    page = partner.open("redemption", "/counter")
    page.get_by_label("Nomor kartu").fill(number)
    partner.press("Periksa kartu")
    offer = page.locator("main")
    expect(offer).to_contain_text("Sudah")
    expect(offer).to_contain_text("WIB")
    partner.shoot("8-refused")
