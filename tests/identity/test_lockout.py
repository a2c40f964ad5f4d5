"""Guessing gets slower and slower, tells nothing, and is written down."""

import asyncio
import re
from dataclasses import replace

import pytest
from tests.identity.browsing import give_password
from tests.identity.people import new_person, signed_in
from tests.identity.world import ADDRESSES, Browser, World

from registry.accounts import attempts, rules

REGISTRY = ADDRESSES["registry"]


async def guess(browser: Browser, username: str, password: str) -> int:
    await browser.open(f"{REGISTRY}/sign-in")
    return (await browser.send("/sign-in", username=username, password=password)).status_code


def said(browser: Browser) -> str:
    """Return what the page says, without what is another's on every page."""
    return re.sub(r"[0-9a-f]{64}|[0-9a-f-]{36}|uji-[0-9a-f]+|nobody-\w+", "", browser.last.text)


async def test_a_name_that_does_not_exist_is_answered_like_a_wrong_password(own_world: World):
    person = await new_person(own_world)
    disabled = await new_person(own_world)
    await own_world.sql("UPDATE accounts SET disabled_at = now() WHERE id = :id", id=disabled.id)
    pages = []
    for username, password in (
        (person.username, "wrong wrong wrong"),
        ("nobody-here", "wrong wrong wrong"),
        ("' OR 1=1 --", "wrong wrong wrong"),
        ("6203010101010001", "wrong wrong wrong"),
        ("\x00", "wrong"),
        (disabled.username, disabled.password),
    ):
        browser = own_world.browser()
        assert await guess(browser, username, password) == 422
        pages.append(re.sub(r'name="username"[^>]*value="[^"]*"', "", said(browser)))
    assert len(set(pages)) == 1


async def test_a_password_is_hashed_also_for_a_name_that_does_not_exist(
    own_world: World, monkeypatch: pytest.MonkeyPatch
):
    from registry.accounts import passwords

    hashed = []

    class Counting:
        def verify(self, password: str, kept: str) -> bool:
            hashed.append(kept)
            return bool(real.verify(password, kept))

    real = passwords.HASHER
    person = await new_person(own_world)
    passwords.nobodys_hash()
    monkeypatch.setattr(passwords, "HASHER", Counting())
    await guess(own_world.browser(), "nobody-here", "wrong wrong wrong")
    await guess(own_world.browser(), person.username, "wrong wrong wrong")
    assert len(hashed) == 2
    assert all(kept.startswith("$argon2id$") for kept in hashed)
    assert len({kept.split("$")[3] for kept in hashed}) == 1


async def test_after_five_failures_even_the_right_password_has_to_wait(own_world: World):
    person = await new_person(own_world)
    browser = own_world.browser()
    statuses = [await guess(browser, person.username, f"wrong {i}") for i in range(6)]
    assert statuses == [422] * 5 + [429]
    assert await guess(browser, person.username, person.password) == 429
    assert "Tunggu" in browser.last.text
    await own_world.sql("UPDATE sign_in_failures SET blocked_until = now()")
    assert await guess(browser, person.username, person.password) == 200
    left = await own_world.sql("SELECT failures FROM sign_in_failures WHERE failures > 5")
    assert left == []


async def test_every_further_failure_doubles_the_wait_up_to_a_bound():
    from registry.accounts.rules import ACCOUNT_LIMIT, wait_s

    waits = [wait_s(ACCOUNT_LIMIT, failures) for failures in range(14)]
    assert waits[:5] == [0] * 5
    assert waits[5:10] == [30, 60, 120, 240, 480]
    assert waits[10:] == [900] * 4
    assert wait_s(ACCOUNT_LIMIT, 10**9) == 900


async def test_a_name_that_does_not_exist_is_blocked_like_one_that_does(own_world: World):
    browser = own_world.browser()
    statuses = [await guess(browser, "nobody-at-all", f"wrong {i}") for i in range(6)]
    assert statuses == [422] * 5 + [429]


async def test_a_hundred_guesses_at_once_are_not_one(own_world: World):
    person = await new_person(own_world)
    browsers = [own_world.browser() for _ in range(20)]
    statuses = await asyncio.gather(
        *(guess(one, person.username, f"wrong {i}") for i, one in enumerate(browsers))
    )
    assert statuses.count(422) == 5
    assert statuses.count(429) == 15


async def test_one_address_that_tries_many_names_is_slowed_down(
    own_world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(attempts, "ADDRESS_LIMIT", replace(rules.ADDRESS_LIMIT, free=10))
    browser = own_world.browser("198.51.100.7")
    statuses = [await guess(browser, f"nobody-{i:03}", "wrong") for i in range(12)]
    assert statuses == [422] * 10 + [429] * 2
    assert await guess(own_world.browser("198.51.100.8"), "nobody-999", "wrong") == 422


async def test_one_known_password_is_no_licence_to_guess_at_others(
    own_world: World, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(attempts, "ADDRESS_LIMIT", replace(rules.ADDRESS_LIMIT, free=10))
    person = await new_person(own_world)
    statuses = []
    for number in range(12):
        statuses.append(
            await guess(own_world.browser("198.51.100.9"), f"nobody-{number:03}", "wrong")
        )
        if statuses[-1] == 422 and number % 3 == 0 and number < 9:
            right = own_world.browser("198.51.100.9")
            assert await guess(right, person.username, person.password) == 200
    assert statuses[-2:] == [429] * 2


def test_failures_are_forgotten_one_by_one():
    limit = rules.ADDRESS_LIMIT
    assert rules.left_over(limit, 50, 0) == (50, 0)
    assert rules.left_over(limit, 50, 65) == (48, 5)
    assert rules.left_over(limit, 50, 10_000)[0] == 0


def test_addresses_of_one_ipv6_subscriber_are_one_address():
    from registry.accounts.rules import network_of

    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("testclient") == "testclient"


async def test_codes_are_guessed_as_slowly_as_passwords(own_world: World):
    person = await new_person(own_world, "finance")
    await signed_in(own_world, person)
    statuses = []
    for number in range(7):
        browser = own_world.browser()
        await give_password(browser, person.username, person.password)
        await browser.send("/sign-in/code", code=f"{number:06}")
        statuses.append(browser.last.status_code)
    assert statuses == [422] * 5 + [429] * 2


async def test_failures_are_written_down_without_what_was_typed(own_world: World):
    person = await new_person(own_world)
    await guess(own_world.browser(), person.username, "my secret password")
    await guess(own_world.browser(), "nobody-typed-this", "my secret password")
    rows = await own_world.sql(
        "SELECT subject_id, details, audit_log::text AS whole FROM audit_log "
        "WHERE action = 'sign_in.failed' ORDER BY id"
    )
    assert [row["subject_id"] for row in rows] == [str(person.id), "unknown"]
    assert [row["details"]["reason"] for row in rows] == ["password", "name"]
    assert all("secret" not in row["whole"] and "typed" not in row["whole"] for row in rows)


async def test_the_counters_show_no_name_and_no_address(own_world: World):
    await guess(own_world.browser(), "nobody-typed-this", "wrong")
    rows = await own_world.sql("SELECT encode(key, 'escape') AS key FROM sign_in_failures")
    assert len(rows) == 2
    assert all("nobody" not in row["key"] and "192" not in row["key"] for row in rows)


async def test_one_address_can_only_ask_so_often_in_a_minute(own_world: World):
    from registry.accounts.rules import SIGN_INS_PER_MINUTE

    pace = own_world.apps["registry"].state.paces.sign_ins
    for _ in range(SIGN_INS_PER_MINUTE):
        pace.count("198.51.100.10")
    browser = own_world.browser("198.51.100.10")
    assert await guess(browser, "nobody-here", "wrong") == 429
