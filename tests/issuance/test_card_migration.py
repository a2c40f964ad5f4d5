"""Cards of before the rule that a card counts once it was handed over."""

from collections.abc import Callable
from typing import Any

import pytest_asyncio
from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from tests.servers import in_own_thread

from common import migrate
from common.events import CardsStateChangedV1, CardStatusChangedV1, Envelope, Event

BEFORE, AFTER = "0004", "0005"
VILLAGE = "62.01.01.2001"
# By card: the states it went through, as the older program wrote them.
HISTORIES = {
    "00000000000000a1": ("ordered",),
    "00000000000000a2": ("ordered", "signed"),
    "00000000000000a3": ("ordered", "signed", "printed"),
    "00000000000000a4": ("ordered", "signed", "printed", "handed_over", "active"),
    "00000000000000a5": ("ordered", "signed", "printed", "handed_over"),
    "00000000000000a6": ("ordered", "signed", "printed", "handed_over", "active", "blocked"),
    "00000000000000a7": ("ordered", "signed", "blocked", "signed"),
    "00000000000000a8": ("ordered", "signed", "expired"),
}
AFTERWARDS = {
    "00000000000000a1": "ordered",
    "00000000000000a2": "signed",
    # Nobody can count any more what was printed: it lies where it was given away before.
    "00000000000000a3": "at_desk",
    "00000000000000a4": "active",
    # The family has it: what was left half done is done.
    "00000000000000a5": "active",
    "00000000000000a6": "blocked",
    "00000000000000a7": "signed",
    "00000000000000a8": "expired",
}
LIST = "INSERT INTO status_lists (number, secret, size, used) VALUES (0, '\\x00', 100, 8)"
HOME = """
    INSERT INTO card_households (household_id, pseudonym, region_code, sealed_head_name, told_at)
    VALUES (gen_random_uuid(), :card, :village, '\\x00', now()) RETURNING household_id
"""
CARD = """
    INSERT INTO cards (card_id, household_id, region_code, state, version, ordered_at, kid,
        list_number, status_index, sealed_token, issued_at, expires_at)
    SELECT :card, :home, :village, :state, :version, now(), kid, number, index, token, at, at
    FROM (VALUES (CAST(:kid AS text), CAST(:number AS int), CAST(:index AS int),
                  CAST(:token AS bytea), CAST(:at AS timestamptz)))
        AS signed (kid, number, index, token, at)
"""
CHANGE = """
    INSERT INTO card_changes (card_id, version, state, old_state, actor, actor_name, reason)
    VALUES (:card, :version, :state, :old, :actor, 'x', :reason)
"""


async def write_old_cards(engine: AsyncEngine) -> None:
    async with engine.begin() as tx:
        await tx.execute(text(LIST))
        for index, (card, states) in enumerate(HISTORIES.items()):
            home = await tx.scalar(text(HOME), {"card": f"P{index}", "village": VILLAGE})
            is_signed = len(states) > 1
            values = {
                "card": card,
                "home": home,
                "village": VILLAGE,
                "state": states[-1],
                "version": len(states),
                "kid": "00000000" if is_signed else None,
                "number": 0 if is_signed else None,
                "index": index if is_signed else None,
                "token": b"t" if is_signed else None,
            }
            now = await tx.scalar(text("SELECT now()"))
            await tx.execute(text(CARD), {**values, "at": now if is_signed else None})
            for version, state in enumerate(states, 1):
                line = {
                    "card": card,
                    "version": version,
                    "state": state,
                    "old": states[version - 2] if version > 1 else None,
                    "actor": f"person-{version}",
                    "reason": "lost" if state == "blocked" else "",
                }
                await tx.execute(text(CHANGE), line)


@pytest_asyncio.fixture(scope="module")
async def migrated(new_database: Callable[[str], str]) -> Any:
    url = new_database("issuance")
    config = migrate.config_for("issuance", url)
    in_own_thread(lambda: command.downgrade(config, BEFORE))
    engine = create_async_engine(url)
    await write_old_cards(engine)
    in_own_thread(lambda: command.upgrade(config, AFTER))
    yield engine
    await engine.dispose()
    in_own_thread(lambda: command.upgrade(config, "head"))


async def rows(engine: AsyncEngine, statement: str) -> list[Any]:
    async with engine.connect() as tx:
        return list((await tx.execute(text(statement))).all())


async def told(engine: AsyncEngine, kind: type[Event]) -> list[tuple[Envelope, Any]]:
    found = await rows(engine, "SELECT envelope FROM outbox ORDER BY position")
    envelopes = [Envelope.model_validate_json(row.envelope) for row in found]
    return [(one, one.event()) for one in envelopes if one.type == kind.event_type]


async def test_each_card_is_where_it_was_and_none_has_lost_its_history(migrated: AsyncEngine):
    cards = await rows(migrated, "SELECT card_id, state, version FROM cards")
    assert {row.card_id: row.state for row in cards} == AFTERWARDS
    lines = await rows(
        migrated,
        "SELECT c.card_id, count(*) AS lines, c.version, bool_and(l.place = c.region_code) AS here"
        " FROM cards c JOIN card_changes l USING (card_id) GROUP BY c.card_id, c.version",
    )
    assert all(row.lines == row.version and row.here for row in lines)
    ended = await rows(migrated, "SELECT reason FROM card_changes WHERE state = 'expired'")
    assert [row.reason for row in ended] == ["over"]
    brought = await rows(migrated, "SELECT reason FROM card_changes WHERE state = 'at_desk'")
    assert [row.reason for row in brought] == ["printed_before_counts"]


async def test_cards_on_their_way_stop_counting_and_active_ones_go_on(migrated: AsyncEngine):
    entries = await rows(migrated, "SELECT index, status FROM status_entries ORDER BY index")
    assert [tuple(row) for row in entries] == [(1, 3), (2, 3), (6, 3)]
    statuses = await told(migrated, CardStatusChangedV1)
    assert {(event.card_id, event.status, envelope.sequence) for envelope, event in statuses} == {
        ("00000000000000a2", "not_active", 2),
        ("00000000000000a3", "not_active", 4),
        ("00000000000000a7", "not_active", 4),
    }
    assert {envelope.subject for envelope, _ in statuses} == {
        f"card:{event.card_id}" for _, event in statuses
    }


async def test_where_every_card_stands_is_told_once(migrated: AsyncEngine):
    ((_, event),) = await told(migrated, CardsStateChangedV1)
    assert {step.card_id: step.state for step in event.steps} == AFTERWARDS
    assert {step.region_code for step in event.steps} == {VILLAGE}


async def test_the_older_history_is_kept_although_its_steps_are_not_lawful_any_more(
    migrated: AsyncEngine,
):
    step = "SELECT count(*) FROM card_changes WHERE old_state = 'signed' AND state = 'printed'"
    assert (await rows(migrated, step))[0][0] == 4
