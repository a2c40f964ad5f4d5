"""The whole demonstration, in the order in which a province does it."""

from pathlib import Path
from typing import Any

from registry.demonstration.cast import OPERATOR, PROVINCE, VERIFIER, demo_id
from registry.demonstration.content import FileContent, newer_quarter
from registry.demonstration.lists import (
    APPROVED_REGENCY,
    make_lists,
    propose_difference,
    region_elsewhere,
    regions_to_approve,
)
from registry.demonstration.open_matters import leave_family_matters
from registry.demonstration.policy import leave_policy_matters
from registry.demonstration.work import AtWork, Say


async def demonstrate(work: AtWork, folder: Path, manifest: dict[str, Any], say: Say) -> None:
    """Take a province to where every page has something to show; a repeat changes nothing."""
    await import_province(work, folder, manifest, say)
    await work.decide()
    await work.match()
    say("Keputusan dibuat untuk semua keluarga, data ganda dicari")
    await make_lists(work, manifest, say)
    await import_newer_quarter(work, folder, manifest)
    regions = regions_to_approve(manifest)
    if regions:
        await propose_difference(work, regions[-1], say)
        await leave_family_matters(work, regions[0], region_elsewhere(manifest))
    await leave_policy_matters(work, say)


async def import_province(work: AtWork, folder: Path, manifest: dict[str, Any], say: Say) -> None:
    """Import every village's file, then the rosters and deciles of the whole province."""
    villages = manifest["villages"]
    for number, village in enumerate(villages, 1):
        await _import(work, folder / village["file"], village["code"], number)
        if number == len(villages) or number % 25 == 0:
            say(f"Berkas desa: {number} dari {len(villages)}")
    others = [one["file"] for one in manifest["rosters"].values()] + [manifest["dtsen"]["file"]]
    for number, file in enumerate(others, len(villages) + 1):
        await _import(work, folder / file, PROVINCE, number)
        say(f"Berkas provinsi: {file}")


async def _import(work: AtWork, path: Path, region_code: str, place: int) -> None:
    """Import a file; where people move to another village, the verifier confirms it."""
    await work.import_file(
        OPERATOR,
        FileContent.of(path),
        path.name,
        region_code,
        import_id=demo_id("import", region_code, path.name, place=place),
        second=VERIFIER,
        evaluate=False,
    )


async def import_newer_quarter(work: AtWork, folder: Path, manifest: dict[str, Any]) -> None:
    """Import the deciles of the running quarter for the regency with approved lists, and decide.

    What they change waits on a difference list: nobody enters or leaves by a file alone.
    """
    deciles = (folder / manifest["dtsen"]["file"]).read_text(encoding="utf-8")
    period, content = newer_quarter(deciles, APPROVED_REGENCY.replace(".", ""))
    if not period:
        return
    await work.import_file(
        OPERATOR,
        FileContent(content.encode()),
        f"{period}.csv",
        APPROVED_REGENCY,
        import_id=demo_id("import", APPROVED_REGENCY, period, place=len(manifest["villages"]) + 50),
    )
    await work.decide(APPROVED_REGENCY)
