"""Keys of a site that is older than the rule of two people and thirty days."""

import asyncio

from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from common.migrate import config_for
from common.sealed import Sealer

STATES = ("planned", "active", "verify_only", "retired", "compromised")
INSERT_KEY = """
    INSERT INTO signing_keys (id, kid, algorithm, public_key, sealed_private_key, state, not_before,
                              sign_until, verify_until)
    VALUES (gen_random_uuid(), :kid, 'ES256', '', :sealed, :state, now(),
            now() + interval '1 day', now() + interval '2 days')
"""
INSERT_CHANGES = """
    INSERT INTO signing_key_changes (id, key_id, new_state, actor)
    SELECT gen_random_uuid(), id, state, 'cli' FROM signing_keys
"""
SELECT_KEYS = """
    SELECT state, created_by, published_at IS NOT NULL, activated_by IS NOT NULL,
           sealed_private_key IS NOT NULL FROM signing_keys ORDER BY kid
"""


async def fill(tx: AsyncConnection) -> None:
    sealed = Sealer(bytes([9]) * 32).seal(bytes(32), "here")
    for number, state in enumerate(STATES):
        key = {"kid": f"{number:08x}", "sealed": sealed, "state": state}
        await tx.execute(text(INSERT_KEY), key)
    await tx.execute(text(INSERT_CHANGES))


def test_older_keys_keep_their_state_and_only_those_that_sign_keep_a_private_side(new_database):
    url = new_database("issuance")

    async def run(act):
        engine = create_async_engine(url)
        async with engine.begin() as tx:
            found = await act(tx)
        await engine.dispose()
        return found

    async def read(tx: AsyncConnection):
        return [tuple(row) for row in await tx.execute(text(SELECT_KEYS))]

    command.downgrade(config_for("issuance", url), "0005")
    asyncio.run(run(fill))
    command.upgrade(config_for("issuance", url), "head")
    assert asyncio.run(run(read)) == [
        ("planned", "cli", True, False, True),
        ("active", "cli", True, True, True),
        ("verify_only", "cli", True, True, False),
        ("retired", "cli", True, False, False),
        ("compromised", "cli", True, False, False),
    ]
