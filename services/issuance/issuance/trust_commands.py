"""The ceremonies of the trust bundle: `python -m issuance.cli trust --help`.

On line: `trust request` writes what is to be signed; off line, on a machine that needs neither
settings nor a network: `trust root-create` and `trust sign`; on line again: `trust publish`.
"""

from pathlib import Path
from typing import Annotated

import typer

from common import clock
from common.cose_keys import RootKey, in_groups
from common.ids import new_id
from common.trust_bundle import BundleContent, BundleRefused, open_bundle, peek
from issuance.settings import Settings
from issuance.signing.change_key import operator
from issuance.terminal import run, settings, stop
from issuance.trust import queries
from issuance.trust.ask import in_force, what_to_sign
from issuance.trust.prepare import public_file, renew_bundle, write_files
from issuance.trust.publish import publish_bundle
from issuance.trust.root_key import (
    RootRefused,
    create_root,
    open_root,
    read_public,
    write_public,
)
from issuance.trust.rules import (
    Request,
    RequestRefused,
    differences,
    in_words,
    read_request,
    write_request,
)
from issuance.trust.sign import sign_bundle

trust = typer.Typer(no_args_is_help=True, help="Whom verifiers believe: the trust bundle.")
OutFile = Annotated[Path, typer.Option(help="The file to write; it must not be there yet.")]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="A file with the passphrase; without it you are asked.")
]


@trust.command("root-create")
def create(out: OutFile, passphrase_file: PassphraseFile = None) -> None:
    """Make a root key, sealed under a passphrase. Do it on a machine that is never on line."""
    _must_be_new(out)
    try:
        root, sealed = create_root(_passphrase(passphrase_file, twice=True))
    except RootRefused as error:
        raise stop(str(error)) from None
    write_files(out, sealed, write_public(root))
    typer.echo(f"{out}: the root, sealed. Keep two copies in two safes; nobody can restore it.")
    typer.echo(f"{public_file(out)}: its public side. Its fingerprint, to be read aloud:")
    _show_fingerprint(root)


@trust.command("request")
def request(out: OutFile) -> None:
    """Write what the next bundle must say, to be carried to the root; shows what is new in it."""
    _must_be_new(out)
    given = settings()
    wanted = run(given, lambda tx: what_to_sign(tx, given))
    known = run(given, in_force)
    _show_request(wanted, known)
    out.write_text(write_request(wanted))
    typer.echo(f"written to {out}; carry it to the root: trust sign --root FILE --request {out}")


@trust.command("sign")
def sign(
    root: Annotated[Path, typer.Option(help="The sealed root key.")],
    request: Annotated[Path, typer.Option(help="The file that `trust request` wrote.")],
    out: OutFile,
    next_root: Annotated[
        Path | None,
        typer.Option("--next", help="The public side (.pub) of the root that may sign after it."),
    ] = None,
    passphrase_file: PassphraseFile = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Sign a bundle with the root, off line: shows what it signs and asks first."""
    _must_be_new(out)
    try:
        wanted = read_request(request.read_text())
        signer = open_root(root.read_bytes(), _passphrase(passphrase_file))
        after = _next_root(wanted, signer.root, next_root)
    except (RootRefused, RequestRefused) as error:
        raise stop(str(error)) from None
    for line in in_words(wanted):
        typer.echo(line)
    typer.echo("signed by this root:")
    _show_fingerprint(signer.root)
    typer.echo("the root that may sign next:")
    _show_fingerprint(after)
    if not yes:
        typer.confirm("Is this what verifiers shall believe?", abort=True)
    now = clock.utc_now()
    out.write_bytes(sign_bundle(wanted, signer, next_root=after, issued_at=now))
    typer.echo(f"{out}: signed {now:%Y-%m-%d %H:%M} UTC by this machine's clock, for 30 days")


@trust.command("publish")
def publish(
    file: Path,
    who: Annotated[str, typer.Option("--as", help="Your name; kept with the bundle.")],
    fingerprint: Annotated[
        str, typer.Option(help="Of the first bundle: the root's fingerprint, from the paper.")
    ] = "",
) -> None:
    """Check a signed bundle and let everybody fetch it; it must say what the database says."""
    given, data = settings(), file.read_bytes()
    bundle = run(
        given,
        lambda tx: publish_bundle(
            tx,
            given,
            data,
            publication_id=new_id(),
            who=operator(who),
            now=clock.utc_now(),
            fingerprint=fingerprint,
        ),
    )
    typer.echo(f"version {bundle.version} is published, until {bundle.expires_at:%Y-%m-%d %H:%M}")


@trust.command("show")
def show(file: Annotated[Path | None, typer.Argument()] = None) -> None:
    """Show a bundle in a file, or the published one, and who published the last ones."""
    if file is not None:
        _show_file(file.read_bytes())
        return
    given = settings()
    last = run(given, queries.last_bundle)
    if last is None:
        raise stop("no trust bundle is published: trust request, trust sign, trust publish")
    _show_file(last["body"])
    for row in run(given, queries.history):
        typer.echo(f"version {row['version']} by {row['published_by']}, {row['published_at']:%F}")


def prepare_trust(given: Settings) -> None:
    """Renew the demonstration's bundle, or say what a real site has to do."""
    if given.trust_root_file:
        version = run(given, lambda tx: renew_bundle(tx, given, clock.utc_now()))
        typer.echo(f"trust bundle {version} published" if version else "the trust bundle is fresh")
        return
    known = run(given, in_force)
    if known is None:
        typer.echo("no trust bundle yet: python -m issuance.cli trust --help")
    else:
        _show_request(run(given, lambda tx: what_to_sign(tx, given)), known)
        typer.echo(f"the published bundle ends {known.expires_at:%Y-%m-%d}")


def _must_be_new(out: Path) -> None:
    if out.exists():
        raise stop(f"{out} is there already and is not written over")


def _passphrase(file: Path | None, *, twice: bool = False) -> str:
    if file is not None:
        return file.read_text().strip()
    return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=twice))


def _next_root(wanted: Request, root: RootKey, file: Path | None) -> RootKey:
    if file is not None:
        return read_public(file.read_text())
    if wanted.next_root is not None and wanted.next_root != root:
        return wanted.next_root
    raise RootRefused("name the root that may sign after this one: --next FILE.pub")


def _show_request(wanted: Request, known: BundleContent | None) -> None:
    for line in (*in_words(wanted), "new in it:", *differences(wanted, known)):
        typer.echo(line)


def _show_file(data: bytes) -> None:
    try:
        content = peek(data)
        open_bundle(data, [content.root])
    except BundleRefused as refusal:
        raise stop(f"no trust bundle: {refusal.code}") from None
    said = Request(
        content.version,
        content.issuer,
        content.keys,
        content.lists,
        content.delta_uri,
        content.min_app,
        content.next_root,
    )
    for line in in_words(said):
        typer.echo(line)
    typer.echo(f"  from {content.issued_at:%Y-%m-%d %H:%M} to {content.expires_at:%Y-%m-%d %H:%M}")
    typer.echo("signed by the root with this fingerprint; compare it with the paper:")
    _show_fingerprint(content.root)


def _show_fingerprint(root: RootKey) -> None:
    groups = in_groups(root.thumbprint)
    for at in range(0, len(groups), 4):
        typer.echo("    " + "  ".join(groups[at : at + 4]))
