"""New people for a test: made as an administrator makes them, then signed in step by step."""

import secrets
from dataclasses import dataclass
from uuid import UUID

import pyotp
from tests.identity.browsing import give_password
from tests.identity.world import Browser, World

from common.auth.principal import Principal
from common.ids import new_id
from registry.accounts import administer
from registry.accounts.administer import NewAccount, Standing

NEW_PASSWORD = "durian jatuh malam hari"
ROOT = Principal("command:test", "Uji", frozenset(), frozenset(), ("62",))


@dataclass
class Person:
    id: UUID
    username: str
    password: str
    totp_secret: str = ""

    def code(self, steps_ahead: int = 0) -> str:
        import time

        return pyotp.TOTP(self.totp_secret).at(int(time.time()) + 30 * steps_ahead)


def name() -> str:
    return f"uji-{secrets.token_hex(6)}"


async def new_person(
    world: World,
    role: str = "auditor",
    *,
    regions: tuple[str, ...] = ("62",),
    partner_id: UUID | None = None,
    one_time: bool = False,
) -> Person:
    """Make an account; unless it is `one_time`, its password is good as it is."""
    password, kept = await administer.one_time_password()
    person = Person(new_id(), name(), password)
    standing = Standing(role, () if partner_id else regions, partner_id)
    new = NewAccount(person.id, person.username, "Orang Uji", standing)
    async with world.registry_engine.begin() as tx:
        await administer.create(tx, ROOT, new, kept, one_time=one_time)
    return person


async def enrol(browser: Browser, person: Person) -> None:
    """Take the secret that the page shows and send its first code."""
    assert browser.path == "/sign-in/second-factor"
    at = next(i for i, word in enumerate(browser.page.words) if word.endswith("kunci ini:"))
    person.totp_secret = browser.page.words[at + 1].replace(" ", "")
    await browser.send("/sign-in/second-factor", code=person.code(-1))


async def signed_in(world: World, person: Person, service: str = "registry") -> Browser:
    """Sign a person in for the first time, enrolling whatever the role needs."""
    browser = world.browser()
    await give_password(browser, person.username, person.password, service)
    if browser.path == "/sign-in/second-factor":
        await enrol(browser, person)
    elif browser.path == "/sign-in/code":
        await browser.send("/sign-in/code", code=person.code())
    assert browser.path == "/v1/me", browser.last.text
    return browser
