"""What the built-in issuer needs before its first start: a key, the services, an administrator."""

from sqlalchemy.ext.asyncio import AsyncConnection

from common import clock, ids
from common.regions import PROVINCE
from common.sealed import Sealer
from registry.accounts import administer, clients, notes, rules, token_keys
from registry.accounts.administer import NewAccount, Standing
from registry.settings import Settings


async def prepare_accounts(tx: AsyncConnection, settings: Settings) -> None:
    """Make the first token key and register the three services; safe to repeat.

    With an outside provider there is nothing to do. Exits naming the setting when the secret of
    a service is missing or too short.
    """
    if settings.oidc_issuer:
        return
    now = clock.utc_now()
    await token_keys.ensure_key(tx, _sealer(settings), now)
    known = {
        "OIDC_CLIENT_SECRET": (settings.client_id, settings.registry_url),
        "OIDC_CLIENT_SECRET_ISSUANCE": ("issuance", settings.issuance_url),
        "OIDC_CLIENT_SECRET_REDEMPTION": ("redemption", settings.redemption_url),
    }
    for setting, (client_id, address) in known.items():
        secret = getattr(settings, setting.lower()).get_secret_value()
        if len(secret) < clients.SECRET_CHARACTERS_MIN:
            raise SystemExit(f"{setting}: at least {clients.SECRET_CHARACTERS_MIN} characters")
        await clients.register_service(tx, client_id, address=address, secret=secret, now=now)


async def create_administrator(tx: AsyncConnection, username: str, display_name: str) -> str:
    """Make an administrator of the whole province; return the password of the first sign-in.

    Exits when the user name does not have the form of one; raises Refused username_taken.
    """
    if not rules.USERNAME.fullmatch(username):
        raise SystemExit(f"a user name matches {rules.USERNAME.pattern}")
    password, kept = await administer.one_time_password()
    new = NewAccount(ids.new_id(), username, display_name, Standing("administrator", (PROVINCE,)))
    await administer.create(tx, notes.command("create-administrator"), new, kept)
    return password


async def rotate_token_key(tx: AsyncConnection, settings: Settings) -> str:
    """Publish a new token key, which signs a minute later; return its id."""
    return await token_keys.rotate(tx, _sealer(settings), clock.utc_now())


def _sealer(settings: Settings) -> Sealer:
    return Sealer(settings.sealing_key.get_secret_value())
