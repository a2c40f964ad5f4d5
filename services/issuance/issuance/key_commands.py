"""The ceremonies of signing keys: `python -m issuance.cli keys --help`.

Whoever types these commands is named with `--as` and noted in the key's history and in the audit
log. A key is activated by another person than the one who made it.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from common import clock
from common.auth.principal import Principal
from common.cose import Algorithm
from common.problems import Refused
from common.regions import PROVINCE, region_name
from common.sealed import SealBroken, Sealer
from common.settings import decode_key
from issuance import key_words
from issuance.cards.replace_many import cards_by_key, cards_of_key, living_cards
from issuance.signing import queries
from issuance.signing.activate_key import activate_key
from issuance.signing.change_key import operator
from issuance.signing.compromise_key import compromise_key
from issuance.signing.create_key import KeyPlan, create_key
from issuance.signing.make_pair import Maker
from issuance.signing.private_keys import NoSigningKey
from issuance.signing.publish_key import publish_key
from issuance.signing.retire_key import retire_key
from issuance.signing.rewrap_keys import rewrap_keys
from issuance.signing.rules import PUBLISHED_BEFORE_USE
from issuance.terminal import master_of, refuse, run, settings, stop

keys = typer.Typer(no_args_is_help=True, help="The keys that sign cards and status lists.")

Kid = Annotated[str, typer.Argument(help="The key's number: 8 characters, see `keys list`.")]
As = Annotated[str, typer.Option("--as", help="Who does this: the name of a person.")]
Reason = Annotated[str, typer.Option(help="Why; kept with the change.")]


@keys.command("list")
def list_keys() -> None:
    """Show every key: whose cards it signs, its state and dates, and its cards."""
    given = settings()
    cards = run(given, cards_by_key)
    for key in run(given, queries.all_keys):
        typer.echo(key_words.line(key, cards.get(key["kid"], {})))


@keys.command("show")
def show(kid: Kid) -> None:
    """Show one key with its whole history: who did what to it, when and why."""
    given = settings()
    key = next((one for one in run(given, queries.all_keys) if one["kid"] == kid), None)
    if key is None:
        raise refuse(Refused("key_unknown", kid=kid))
    for line in key_words.facts(key):
        typer.echo(line)
    for line in key_words.count(run(given, lambda tx: cards_of_key(tx, kid))):
        typer.echo(line)
    for change in run(given, lambda tx: queries.changes_of(tx, kid)):
        typer.echo(key_words.history(change))


@keys.command("create")
def create(
    name: As,
    region: Annotated[str, typer.Option(help="Whose cards it signs: a region code.")] = PROVINCE,
    algorithm: Annotated[Literal["Ed25519", "ES256"], typer.Option()] = "Ed25519",
    starts: Annotated[
        str, typer.Option(help="First day it signs, YYYY-MM-DD, or `now`; default in 30 days.")
    ] = "",
    device: Annotated[
        str, typer.Option(help="Make it in a device: pkcs11:token=… (RFC 7512), no PIN in it.")
    ] = "",
) -> None:
    """Make a planned key. Nobody is told of it before `publish`."""
    given, starts_at = settings(), _moment(starts)
    chosen: Algorithm = "ES256" if algorithm == "ES256" else "Ed25519"
    plan = KeyPlan(starts_at, given.card_valid_years, region, chosen)
    try:
        who, maker = operator(name), Maker(given, device)
        made = maker.make(chosen, f"khbs {region} {starts_at:%Y-%m}")
    except Refused as refusal:
        raise refuse(refusal) from None
    except NoSigningKey as error:
        raise stop(str(error)) from None
    try:
        kid = run(given, lambda tx: create_key(tx, plan, made, who))
    except BaseException:
        maker.take_back(made)
        raise
    typer.echo(f"{kid} planned for {region} {region_name(region)}, signs from {starts_at:%Y-%m-%d}")
    typer.echo(f"next: python -m issuance.cli keys publish {kid} --as …")


@keys.command("publish")
def publish(kid: Kid, name: As) -> None:
    """Let everybody who verifies cards know a planned key."""
    who, now = _operator(name), clock.utc_now()
    may_from = run(settings(), lambda tx: publish_key(tx, kid, who, now))
    typer.echo(f"{kid} is published; it may be activated from {may_from:%Y-%m-%d %H:%M} UTC")


@keys.command("activate")
def activate(
    kid: Kid,
    name: As,
    despite: Annotated[
        str,
        typer.Option(
            "--despite-offline-terminals",
            help="Why it may sign before terminals without network could learn it (30 days).",
        ),
    ] = "",
) -> None:
    """Let a published key sign, from its first day on. By another person than its maker."""
    who, now = _operator(name), clock.utc_now()
    run(settings(), lambda tx: activate_key(tx, kid, who, now, despite=despite))
    typer.echo(f"{kid} is active, by {who.name}")


@keys.command("retire")
def retire(kid: Kid, name: As, reason: Reason = "") -> None:
    """Stop an active key (its cards stay valid), or end one under which no card lives any more."""
    who, given, now = _operator(name), settings(), clock.utc_now()
    living = run(given, lambda tx: living_cards(tx, kid))
    state = run(given, lambda tx: retire_key(tx, kid, who, now, reason=reason, cards_living=living))
    typer.echo(f"{kid} is {state}")


@keys.command("compromise")
def compromise(
    kid: Kid,
    confirm: Annotated[str, typer.Option(help="The key's number again.")] = "",
    name: Annotated[str, typer.Option("--as", help="Who does this.")] = "",
    reason: Reason = "",
) -> None:
    """Say that a key is in wrong hands. Without --confirm it only shows what that would do."""
    given = settings()
    found = run(given, queries.all_keys)
    key = next((one for one in found if one["kid"] == kid), None)
    if key is None:
        raise refuse(Refused("key_unknown", kid=kid))
    cards = run(given, lambda tx: cards_of_key(tx, kid))
    if not confirm:
        for line in key_words.consequence(key, cards, others=found, now=clock.utc_now()):
            typer.echo(line)
        return
    if confirm != kid:
        raise refuse(Refused("key_not_confirmed", kid=kid))
    who = _operator(name)
    run(given, lambda tx: compromise_key(tx, kid, who, reason=reason))
    typer.echo(f"{kid} is compromised; {cards.living} cards under it are being replaced")
    typer.echo(f"follow it: python -m issuance.cli keys show {kid}")


@keys.command("rewrap")
def rewrap(
    name: As,
    new_master_key_file: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="The new master key, as base64url.")
    ],
) -> None:
    """Seal every private key under a new master key. Stop the signers first."""
    given, who = settings(), _operator(name)
    old = master_of(given)
    try:
        new = Sealer(bytes(decode_key(new_master_key_file.read_text())))  # type: ignore[call-overload]
    except ValueError as error:
        raise stop(f"{new_master_key_file}: {error}") from None
    try:
        count = run(given, lambda tx: rewrap_keys(tx, old, new, who))
    except SealBroken as error:
        raise stop(f"nothing was changed: a key does not open ({error})") from None
    typer.echo(f"{count} keys are sealed under the new master key; give it to the signers now")


def _operator(name: str) -> Principal:
    try:
        return operator(name)
    except Refused as refusal:
        raise refuse(refusal) from None


def _moment(starts: str) -> datetime:
    if not starts:
        return clock.utc_now() + PUBLISHED_BEFORE_USE
    if starts == "now":
        return clock.utc_now()
    try:
        return datetime.strptime(starts, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise stop("--starts is a day, YYYY-MM-DD, or `now`") from None
