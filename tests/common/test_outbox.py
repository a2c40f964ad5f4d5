"""The relay's rules, against a real outbox and a recorder in the broker's place."""

import asyncio
import time
from collections import defaultdict

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from tests.common import scenes
from tests.common.scenes import Recorder, unsent, write_events

from common import outbox


async def test_events_of_a_subject_leave_in_the_order_in_which_they_were_written(
    engine: AsyncEngine,
):
    await write_events(engine, *(["a", "b", "a", "c", "b", "a"] * 20))
    there = Recorder()
    while (await outbox.relay_once(engine, there.send))[0]:
        pass
    by_subject = defaultdict(list)
    for subject, sequence in there.sent:
        by_subject[subject].append(sequence)
    assert {s: len(found) for s, found in by_subject.items()} == {"a": 60, "b": 40, "c": 20}
    assert all(found == sorted(found) for found in by_subject.values())
    assert await unsent(engine) == 0


async def test_a_subject_whose_event_fails_is_held_back_and_the_others_go_on(engine: AsyncEngine):
    await write_events(engine, "bad", "good", "bad", "good", "bad")
    there = Recorder()
    there.refuses = {"bad"}
    assert await outbox.relay_once(engine, there.send) == (2, 1)
    assert there.sent == [("good", 1), ("good", 2)]
    there.refuses = set()
    # Before its next attempt is due nothing of the subject leaves, not even its later events.
    assert await outbox.relay_once(engine, there.send) == (0, 0)
    await scenes.run(engine, "UPDATE outbox SET next_attempt_at = now()")
    assert await outbox.relay_once(engine, there.send) == (1, 0)
    assert await outbox.relay_once(engine, there.send) == (2, 0)
    assert there.sent[2:] == [("bad", 1), ("bad", 2), ("bad", 3)]


async def test_more_failing_subjects_than_a_batch_holds_do_not_starve_the_others(
    engine: AsyncEngine,
):
    bad = [f"bad-{number}" for number in range(outbox.BATCH_SIZE + 50)]
    await write_events(engine, *bad, "good")
    there = Recorder()
    there.refuses = set(bad)
    relay = asyncio.create_task(outbox.relay_forever(engine, there.send))
    try:
        await scenes.until(lambda: _is_marked(engine, "good"), within_s=15)
    finally:
        relay.cancel()
        await asyncio.wait([relay])
    assert await unsent(engine) == len(bad)


async def _is_marked(engine: AsyncEngine, subject: str) -> bool:
    marked = "SELECT published_at IS NOT NULL FROM outbox WHERE subject = :subject"
    return bool(await scenes.scalar(engine, marked, subject=subject))


async def test_a_silent_broker_is_asked_once_a_round_and_not_for_every_event(engine: AsyncEngine):
    await write_events(engine, *(f"s{number}" for number in range(150)))
    there = Recorder()
    there.is_away = True
    sent, failed = await outbox.relay_once(engine, there.send)
    assert sent == 0
    assert 1 <= failed <= outbox.IN_FLIGHT_MAX
    assert there.calls <= outbox.IN_FLIGHT_MAX


async def test_of_two_relays_one_works_and_the_other_waits_its_turn(engine: AsyncEngine):
    await write_events(engine, *["a", "b"] * 300)
    there = Recorder()
    relays = [asyncio.create_task(outbox.relay_forever(engine, there.send)) for _ in range(2)]
    try:
        await scenes.until(lambda: _nothing_waits(engine))
    finally:
        for relay in relays:
            relay.cancel()
        await asyncio.wait(relays)
    assert len(there.sent) == 600
    for subject in ("a", "b"):
        sequences = [number for name, number in there.sent if name == subject]
        assert sequences == sorted(sequences)


async def _nothing_waits(engine: AsyncEngine) -> bool:
    return await unsent(engine) == 0


async def test_a_relay_that_dies_between_confirm_and_commit_sends_again(engine: AsyncEngine):
    await write_events(engine, "a")
    there = Recorder()

    async def send_and_die(*message: str) -> None:
        await there.send(*message)
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup):
        await outbox.relay_once(engine, send_and_die)
    assert await unsent(engine) == 1
    assert await outbox.relay_once(engine, there.send) == (1, 0)
    assert there.sent == [("a", 1), ("a", 1)]


async def test_a_batch_ends_before_its_transaction_may(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(outbox, "BATCH_MAX_S", 0.2)
    await write_events(engine, *["slow"] * 50)

    async def slowly(*_message: str) -> None:
        await asyncio.sleep(0.02)

    began = time.monotonic()
    sent, failed = await outbox.relay_once(engine, slowly)
    assert time.monotonic() - began < 2
    assert 0 < sent < 50
    assert failed == 0
    assert await unsent(engine) == 50 - sent


async def test_an_event_of_a_transaction_that_fails_was_never_there(engine: AsyncEngine):
    async with engine.connect() as tx:
        await outbox.publish(tx, scenes.a_change(), source="issuance", subject="a", sequence=1)
        await tx.rollback()
    assert await unsent(engine) == 0


async def test_an_event_that_commits_late_is_not_skipped(engine: AsyncEngine):
    there = Recorder()
    async with engine.connect() as slow:
        await outbox.publish(slow, scenes.a_change(), source="issuance", subject="late")
        await write_events(engine, "early")
        assert await outbox.relay_once(engine, there.send) == (1, 0)
        await slow.commit()
    assert await outbox.relay_once(engine, there.send) == (1, 0)
    assert [subject for subject, _ in there.sent] == ["early", "late"]


async def test_confirmed_events_are_forgotten_after_a_week_and_unsent_ones_never(
    engine: AsyncEngine,
):
    await write_events(engine, "old", "new", "unsent")
    await scenes.run(
        engine,
        "UPDATE outbox SET published_at = now() - interval '8 days' WHERE subject = 'old'",
        "UPDATE outbox SET published_at = now() WHERE subject = 'new'",
        "UPDATE outbox SET created_at = now() - interval '1 year' WHERE subject = 'unsent'",
    )
    async with engine.begin() as tx:
        await outbox.prune(tx)
        left = (await tx.scalars(text("SELECT subject FROM outbox ORDER BY subject"))).all()
        assert list(left) == ["new", "unsent"]
        assert await outbox.oldest_unsent_age_s(tx) > 300 * 86400


@pytest.mark.parametrize("attempts", [0, 1, 5, 100])
def test_the_wait_after_failures_grows_and_has_an_end(attempts: int):
    assert 0.2 <= outbox.backoff_s(attempts) <= outbox.BACKOFF_MAX_S
    assert outbox.backoff_s(attempts) <= outbox.backoff_s(attempts + 1)
