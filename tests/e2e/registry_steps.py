"""What people do in the registry, told once: a file goes in, a list goes to its decree."""

from datetime import date
from typing import Any

from tests.e2e.people import Person
from tests.e2e.waiting import until

from common.clock import utc_now
from common.ids import new_id
from common.web.formats import in_wib

REASON = "Dilihat di rumahnya pada kunjungan lapangan."
DECREE = "SK-UJI/1/2026"


def today() -> date:
    """The day it is where the card is used."""
    return in_wib(utc_now()).date()


def upload(operator: Person, region: str, name: str, content: bytes) -> str:
    """Send a file and wait until it is checked; its id."""
    operator.sign_in("registry")
    batch_id = str(new_id())
    answer = operator.call(
        "POST",
        "registry",
        "/v1/imports",
        data={"id": batch_id, "region_code": region},
        files={"file": (name, content)},
    )
    assert answer.status_code == 202, answer.text
    until_import(operator, batch_id, "staged")
    return batch_id


def until_import(person: Person, batch_id: str, *states: str) -> dict[str, Any]:
    """Wait until an import is in one of these states; the batch."""

    def found() -> dict[str, Any] | None:
        batch = person.get("registry", f"/v1/imports/{batch_id}")
        assert batch["state"] != "refused", batch
        return dict(batch) if batch["state"] in states else None

    return until(found, f"the file is {' or '.join(states)}")


def save(operator: Person, batch_id: str) -> dict[str, Any]:
    """Save what is right in a checked file; the batch when it is written."""
    operator.post("registry", f"/v1/imports/{batch_id}/commit", wants=202)
    return until_import(operator, batch_id, "committed")


def list_in(person: Person, list_id: str, *states: str) -> dict[str, Any]:
    """Wait until a list is in one of these states; the list."""

    def found() -> dict[str, Any] | None:
        one = person.get("registry", f"/v1/lists/{list_id}")
        return dict(one) if one["state"] in states else None

    return until(found, f"the list is {' or '.join(states)}")


def propose(
    operator: Person, cycle_id: str, region: str, *, against: str | None = None
) -> dict[str, Any]:
    """Propose a region's families, or who enters and leaves against a cycle; the list."""
    list_id = str(new_id())
    asked = {"id": list_id, "cycle_id": cycle_id, "region_code": region, "base_cycle_id": against}
    operator.post("registry", "/v1/lists", asked, wants=201)
    return list_in(operator, list_id, "proposed")


def visit_and_verify(verifier: Person, list_id: str) -> None:
    """Visit the sample and verify the list."""
    assert verifier.visit_sample(list_id) >= 1
    verifier.post("registry", f"/v1/lists/{list_id}/verification")


def sign(approver: Person, list_id: str) -> str:
    """Sign a verified list under a decree; the state it is in after that."""
    shown = approver.get("registry", f"/v1/lists/{list_id}")
    approval = {
        "decree_number": DECREE,
        "decree_on": today().isoformat(),
        "content_hash": shown["content_hash"],
    }
    signed = approver.post("registry", f"/v1/lists/{list_id}/approval", approval, wants=202)
    return str(signed["state"])
