"""The pages of a programme's criteria: draft, try on examples, compare, approve."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from common.api import new_router
from common.auth.principal import Principal, require
from common.database import Transaction
from common.ids import new_id
from common.problems import Refused
from common.web.languages import N_, language
from common.web.pages import render
from registry.eligibility import criteria, queries
from registry.eligibility.compare import compare
from registry.eligibility.evaluate import criteria_of
from registry.eligibility.examples import add_example, remove_example, try_examples
from registry.eligibility.facts import FACTS
from registry.eligibility.pages.criteria_form import Typed, add_row, read_form, typed_from
from registry.eligibility.pages.words import OUTCOMES, WORDS
from registry.eligibility.rules import KINDS
from registry.eligibility.sql_of import names_in

router = new_router(include_in_schema=False)
Reader = Annotated[Principal, Depends(require("programmes.read"))]
Manager = Annotated[Principal, Depends(require("programmes.manage"))]
Approver = Annotated[Principal, Depends(require("criteria.approve"))]
IMPOSSIBLE = N_("Nilai ini tidak mungkin")


async def version_with_id(tx: AsyncConnection, code: str, version_id: UUID) -> RowMapping:
    """Return a version of a programme; raises Refused."""
    programme = await criteria.programme_called(tx, code)
    found = (await tx.execute(queries.VERSION, {"version_id": version_id})).mappings()
    version = found.one_or_none()
    if version is None or version["programme_id"] != programme["id"]:
        raise Refused("not_found")
    return version


async def _versions(tx: AsyncConnection, programme_id: UUID) -> list[RowMapping]:
    asked = {"programme_id": programme_id}
    return list((await tx.execute(queries.VERSIONS, asked)).mappings())


@router.get("/programmes/{code}/criteria/new")
async def get_new(
    code: str, request: Request, caller: Manager, tx: Transaction, copy: UUID | None = None
) -> HTMLResponse:
    """Show the form of a draft, beginning as a copy of the newest version or a chosen one."""
    del caller
    programme = await criteria.programme_called(tx, code)
    versions = await _versions(tx, programme["id"])
    source = next((one for one in versions if copy in (None, one["id"])), None)
    typed = typed_from(
        dict(source) if source else None, await criteria_of(tx, source["id"]) if source else []
    )
    # The decree is another one.
    typed.values.update(decree_number="", decree_on="", valid_from="", valid_to="")
    return _form(request, programme, typed, new_id(), is_new=True)


@router.get("/programmes/{code}/criteria/{version_id}/edit")
async def get_edit(
    code: str, version_id: UUID, request: Request, caller: Manager, tx: Transaction
) -> HTMLResponse:
    """Show the form of a draft as it is."""
    version = await version_with_id(tx, code, version_id)
    if version["drafted_by"] != caller.subject:
        raise Refused("draft_of_another")
    programme = await criteria.programme_called(tx, code)
    typed = typed_from(dict(version), await criteria_of(tx, version_id))
    return _form(request, programme, typed, version_id, is_new=False)


def _form(
    request: Request, programme: RowMapping, typed: Typed, version_id: UUID, *, is_new: bool
) -> HTMLResponse:
    _ = request.app.state.pages.gettext(request)
    return render(
        request,
        "eligibility/criteria_form.html",
        status=422 if typed.errors else 200,
        programme=programme,
        typed=typed,
        errors={name: _(text) for name, text in typed.errors.items()},
        version_id=version_id,
        is_new=is_new,
        facts=FACTS,
    )


@router.post("/programmes/{code}/criteria/{version_id}")
async def post_draft(
    code: str, version_id: UUID, request: Request, caller: Manager, tx: Transaction
) -> Response:
    """Save a draft, new or changed; or show the form again with another row or its errors."""
    form = await request.form()
    typed = read_form(dict(form), request.app.state.refusals, language(request))
    programme = await criteria.programme_called(tx, code)
    is_new = form.get("is_new") == "yes"
    if form.get("do") == "row" or typed.errors or not typed.criteria:
        if form.get("do") == "row" or not typed.rows:
            typed.errors = {}
            add_row(typed)
        return _form(request, programme, typed, version_id, is_new=is_new)
    version, rules = typed.version, typed.criteria
    if is_new:
        await criteria.draft(tx, caller, code, version_id, version=version, criteria=rules)
    else:
        await criteria.redraft(tx, caller, version_id, version=version, criteria=rules)
    return RedirectResponse(f"/programmes/{code}/criteria/{version_id}", status_code=303)


@router.get("/programmes/{code}/criteria/{version_id}")
async def get_version(
    code: str, version_id: UUID, request: Request, caller: Reader, tx: Transaction
) -> HTMLResponse:
    """Show a version: its decree, criteria and examples, and what may be done with it."""
    return await _show(request, tx, caller, code, version_id)


async def _show(
    request: Request,
    tx: AsyncConnection,
    caller: Principal,
    code: str,
    version_id: UUID,
    **more: Any,
) -> HTMLResponse:
    version = await version_with_id(tx, code, version_id)
    rules = await criteria_of(tx, version_id)
    named = set[str]().union(*(names_in(one.expression, KINDS) for one in rules))
    versions = await _versions(tx, version["programme_id"])
    is_own = version["state"] == "draft" and version["drafted_by"] == caller.subject
    return render(
        request,
        "eligibility/version.html",
        programme=await criteria.programme_called(tx, code),
        version=version,
        rules=rules,
        tries=await try_examples(tx, version_id),
        named=[name for name in FACTS if name in named],
        facts=FACTS,
        others=[one for one in versions if one["id"] != version_id],
        is_own=is_own,
        example_id=new_id(),
        **{"errors": {}, "given": {}, **more},
        **WORDS,
    )


@router.post("/programmes/{code}/criteria/{version_id}/examples")
async def post_example(
    code: str, version_id: UUID, request: Request, caller: Manager, tx: Transaction
) -> Response:
    """Keep an example with a draft."""
    form = {name: str(value).strip() for name, value in (await request.form()).items()}
    _ = request.app.state.pages.gettext(request)
    errors: dict[str, str] = {}
    inputs: dict[str, bool | int | None] = {}
    for name, fact in FACTS.items():
        if f"fact_{name}" not in form:
            continue
        typed = form[f"fact_{name}"]
        if fact.kind == "yes_no":
            inputs[name] = {"yes": True, "no": False}.get(typed)
        elif not typed:
            inputs[name] = None
        elif typed.isdecimal() and int(typed) <= fact.highest:
            inputs[name] = int(typed)
        else:
            errors[f"fact_{name}"] = _(IMPOSSIBLE)
    if not form.get("name"):
        errors["name"] = _(N_("Isi bagian ini"))
    if form.get("expected") not in dict(OUTCOMES):
        errors["expected"] = _(N_("Pilih hasilnya"))
    if errors:
        return await _show(request, tx, caller, code, version_id, errors=errors, given=form)
    await version_with_id(tx, code, version_id)
    await add_example(
        tx, caller, version_id, UUID(form["id"]),
        name=form["name"][:200], inputs=inputs, expected=form["expected"],
    )  # fmt: skip
    return RedirectResponse(f"/programmes/{code}/criteria/{version_id}#contoh", status_code=303)


@router.post("/programmes/{code}/criteria/{version_id}/examples/{example_id}/remove")
async def post_remove_example(
    code: str, version_id: UUID, example_id: UUID, caller: Manager, tx: Transaction
) -> Response:
    """Take an example from a draft."""
    await version_with_id(tx, code, version_id)
    await remove_example(tx, caller, version_id, example_id)
    return RedirectResponse(f"/programmes/{code}/criteria/{version_id}#contoh", status_code=303)


@router.post("/programmes/{code}/criteria/{version_id}/approve")
async def post_approve(code: str, version_id: UUID, caller: Approver, tx: Transaction) -> Response:
    """Approve a draft that someone else wrote; families are then decided by it."""
    await version_with_id(tx, code, version_id)
    await criteria.approve(tx, caller, version_id)
    return RedirectResponse(f"/programmes/{code}/criteria/{version_id}", status_code=303)


@router.get("/programmes/{code}/criteria/{version_id}/changes")
async def get_changes(
    code: str, version_id: UUID, request: Request, caller: Reader, tx: Transaction, against: UUID
) -> HTMLResponse:
    """Show what a version changes compared with another one."""
    del caller
    version = await version_with_id(tx, code, version_id)
    other = await version_with_id(tx, code, against)
    before, after = await criteria_of(tx, against), await criteria_of(tx, version_id)
    return render(
        request,
        "eligibility/changes.html",
        programme=await criteria.programme_called(tx, code),
        version=version,
        other=other,
        changes=compare(before, after),
        **WORDS,
    )
