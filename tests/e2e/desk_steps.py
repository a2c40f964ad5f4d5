"""What a clerk of the card desk does, by the forms that the desk's pages send."""

import random

import httpx2 as httpx
from tests.e2e.people import Person

from common.card_number import card_number
from common.ids import new_id


def declare_oneself(clerk: Person) -> None:
    """Say who the clerk is, once: nobody hands a card to the own family."""
    page = clerk.call("GET", "issuance", "/handovers/me")
    if "Data Anda sudah dicatat" in page.text:
        return
    nik, kk = (f"62{random.randrange(10**14):014d}" for _ in range(2))
    form = {"declaration_id": str(new_id()), "nik": nik, "kk": kk}
    sent(clerk.call("POST", "issuance", "/handovers/me", data=form))


def family_of(clerk: Person, card_id: str) -> str:
    """Find the family of a card; where its screen at the desk is."""
    wanted = {"card_number": card_number(card_id)}
    (family,) = clerk.post("issuance", "/v1/cards/searches", wanted)
    return f"/cards/families/{family['household_id']}"


def count_and_receive(counter: Person, receiver: Person, part: str, codes: list[str]) -> None:
    """Bring a print file's cards to the desk: counted by one person, received by another."""
    count = {"count_id": str(new_id()), "good": len(codes)}
    counter.post("issuance", f"{part}/counts", count)
    receipt = {"receipt_id": str(new_id()), "received": len(codes)}
    receiver.post("issuance", f"{part}/receipts", receipt)


def hand_over(clerk: Person, card_id: str) -> None:
    """Give a card of the desk to the head of its family, who showed an identity card."""
    answer = sent(_hands_over(clerk, card_id))
    assert "done=hand_over" in answer.headers["location"], answer.headers["location"]


def refused_hand_over(clerk: Person, card_id: str) -> str:
    """Try to give a card that is not to be given; what the page says."""
    answer = _hands_over(clerk, card_id)
    assert answer.status_code == 422, (answer.status_code, answer.text[-1500:])
    return answer.text


def _hands_over(clerk: Person, card_id: str) -> httpx.Response:
    declare_oneself(clerk)
    form = {
        "handover_id": str(new_id()),
        "card_id": card_id,
        "collector": "head",
        "document": "ktp",
    }
    path = family_of(clerk, card_id)
    return clerk.call("POST", "issuance", f"{path}/hand-over", data=form)


def choose_pin(clerk: Person, card_id: str, pin: str) -> None:
    """Turn the screen round, and let the family type its PIN twice."""
    pad = f"/pin-pads/{(pad_id := new_id())}"
    form = {"pad_id": str(pad_id), "card_id": card_id}
    opened = sent(clerk.call("POST", "issuance", f"{family_of(clerk, card_id)}/pin", data=form))
    assert opened.headers["location"] == pad
    sent(clerk.call("POST", "issuance", pad, data={"pin": pin, "again": pin}))


def sent(answer: httpx.Response) -> httpx.Response:
    """Return a form's answer that leads on; a form that was refused is shown again."""
    assert answer.status_code == 303, (answer.status_code, answer.text[-1500:])
    return answer
