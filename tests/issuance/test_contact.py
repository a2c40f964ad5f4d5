"""From the desk to a terminal without network: what a card is worth before and after a contact."""

import json
from datetime import timedelta

import pytest_asyncio
from tests.clients import bearer, serving
from tests.issuance.builders import a_desk

from common import clock
from common.events import CardStatusChangedV1
from common.ids import new_id
from common.offline_check import Kept, check
from common.sealed import Sealer
from common.trust_bundle import verify_bundle
from issuance.app import create_app
from issuance.cards.read import open_token
from issuance.signing.open_signer import KeyRoom
from issuance.status.publish import publish
from issuance.trust.prepare import renew_bundle
from issuance.trust.publish import BUNDLE_PATH

DAY = timedelta(days=1)
# Lists know cards from a minute after their signing on.
SIGNED_LONG_AGO = timedelta(minutes=2)


class Terminal:
    """A partner's device: it has contact when it fetches, and else goes by what it keeps."""

    def __init__(self, client, root):
        self.client, self.root, self.kept = client, root, None

    async def contact(self):
        bundle = (await self.client.get(BUNDLE_PATH)).content
        if self.kept is None:
            self.kept = Kept(verify_bundle(bundle, [self.root], clock.utc_now()))
        else:
            self.kept.take_bundle(bundle, clock.utc_now())
        for uri in self.kept.bundle.lists.values():
            answer = await self.client.get(uri.removeprefix("http://testserver"))
            if answer.status_code == 200:
                self.kept.take_list(answer.content)
        self.kept.take_delta((await self.client.get("/s/delta.cbor")).content)

    def says(self, text, after=timedelta(0)):
        assert self.kept is not None
        verdict = check(text, self.kept, clock.utc_now() + after)
        return verdict.outcome, verdict.reason


@pytest_asyncio.fixture
async def site(new_database, tmp_path):
    """A site with a bundle; its API process has no key."""
    desk = await a_desk(
        new_database("issuance"),
        trust_root_file=str(tmp_path / "root"),
        trust_root_passphrase="dua belas huruf lebih",
    )
    await desk.do(lambda tx: renew_bundle(tx, desk.settings, clock.utc_now()))
    api = desk.settings.model_copy(update={"signing_master_key": None, "trust_root_file": ""})
    async with serving(create_app(api)) as client:
        yield desk, client
    await desk.engine.dispose()


async def published(desk, after=timedelta(0)):
    keys, address = KeyRoom(desk.settings), desk.settings.status_list_address
    return await desk.do(lambda tx: publish(tx, keys, address, clock.utc_now() + after))


async def a_terminal(desk, client):
    from common.trust_bundle import peek

    (row,) = await desk.rows("SELECT body FROM publications WHERE path = '/trust/bundle.cbor'")
    terminal = Terminal(client, peek(row.body).root)
    await terminal.contact()
    return terminal


def text_of(desk, card):
    sealer = Sealer(desk.settings.sealing_key.get_secret_value())
    return open_token(sealer, card._mapping)


async def act(client, card, act, reason):
    body = {"change_id": str(new_id()), "act": act, "reason": reason}
    answer = await client.post(
        f"/v1/cards/{card.card_id}/status-changes", json=body, headers=bearer("card_desk")
    )
    assert answer.status_code == 200, answer.text


async def test_a_card_blocked_at_the_desk_is_refused_after_the_next_contact_and_not_valid_for_ever(
    site,
):
    desk, client = site
    card = await desk.a_card(state="active")
    text = text_of(desk, card)
    await published(desk, after=SIGNED_LONG_AGO)
    terminal = await a_terminal(desk, client)
    assert terminal.says(text) == ("valid", "")

    await act(client, card, "block", "lost")
    # On line at once: the event lies beside the change, of the same transaction.
    (said,) = await desk.rows(
        "SELECT o.xmin = c.xmin AS together, o.envelope FROM outbox o, cards c"
        " WHERE c.card_id = :id AND o.envelope LIKE '%card.status_changed%'"
        " AND o.envelope LIKE '%suspended%'",
        id=card.card_id,
    )
    event = CardStatusChangedV1.model_validate(json.loads(said.envelope)["data"])
    assert (said.together, event.status) == (True, "suspended")

    # Off line: valid until its next contact, and in no case past the list's or the bundle's end.
    assert terminal.says(text, after=DAY) == ("valid", "")
    assert terminal.says(text, after=8 * DAY) == ("unknown", "list_expired")
    assert (await published(desk)).delta == 1
    assert terminal.says(text) == ("valid", "")
    await terminal.contact()
    assert terminal.says(text) == ("refused", "suspended")
    assert terminal.says(text, after=40 * DAY) == ("refused", "suspended")


async def test_a_card_is_worth_nothing_before_it_is_handed_over_and_counts_after_the_next_contact(
    site,
):
    desk, client = site
    card = await desk.a_card(state="at_desk")
    text = text_of(desk, card)
    await published(desk)
    terminal = await a_terminal(desk, client)
    assert terminal.says(text) == ("refused", "not_active")
    await desk.bring(card, "active")
    await published(desk)
    await terminal.contact()
    assert terminal.says(text) == ("valid", "")
    assert terminal.says(text, after=2 * DAY) == ("unknown", "delta_expired")


async def test_a_card_that_was_signed_after_the_last_contact_is_not_valid_by_an_old_list(site):
    desk, client = site
    await desk.a_card(state="active")
    await published(desk)
    terminal = await a_terminal(desk, client)
    fresh = await desk.a_card()
    # A list that has not heard of the card cannot say that a print shop's card is worth nothing.
    assert terminal.says(text_of(desk, fresh)) == ("unknown", "list_older_than_card")
    assert (await published(desk, after=SIGNED_LONG_AGO)).lists == (0,)
    await terminal.contact()
    assert terminal.says(text_of(desk, fresh)) == ("refused", "not_active")
