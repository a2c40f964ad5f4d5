"""The form of an account: read, judged, and shown again with what was typed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Form, Request

from common.regions import place_of
from registry.accounts import region_entry, rules
from registry.accounts.administer import Standing
from registry.accounts.pages import texts

Short = Annotated[str, Form(max_length=200)]
Lines = Annotated[str, Form(max_length=4000)]


@dataclass(frozen=True, slots=True)
class StandingForm:
    """Role, regions and partner as they were typed."""

    role: str = ""
    regions: str = ""
    partner: str = ""

    @property
    def standing(self) -> Standing:
        """What was meant; only asked for when `faults` has none."""
        if rules.is_partner_role(self.role):
            return Standing(self.role, partner_id=UUID(self.partner.strip()))
        return Standing(self.role, region_entry.read(self.regions).codes)

    def faults(self, request: Request) -> dict[str, str]:
        """Return what is wrong, by field, in the reader's language."""
        _ = request.app.state.pages.gettext(request)
        if self.role not in rules.PERSON_ROLES:
            return {"role": _(texts.BAD_ROLE)}
        if rules.is_partner_role(self.role):
            return {} if _is_uuid(self.partner) else {"partner": _(texts.BAD_PARTNER)}
        entry = region_entry.read(self.regions)
        if entry.doubtful:
            return {"regions": " ".join(_doubt(_, line, codes) for line, codes in entry.doubtful)}
        return {} if entry.codes else {"regions": _(texts.NO_REGION)}


def standing_form(role: Short = "", regions: Lines = "", partner: Short = "") -> StandingForm:
    """Read the form's part about role, regions and partner."""
    return StandingForm(role, regions, partner)


def standing_of_account(role: str, regions: list[str], partner_id: UUID | None) -> StandingForm:
    """Return an account's standing as the form shows it."""
    return StandingForm(role, "\n".join(regions), str(partner_id or ""))


def name_faults(request: Request, username: str, display_name: str) -> dict[str, str]:
    """Return what is wrong with an account's names."""
    _ = request.app.state.pages.gettext(request)
    faults = {}
    if not rules.USERNAME.fullmatch(username):
        faults["username"] = _(texts.BAD_USERNAME)
    is_short = 0 < len(display_name) <= rules.DISPLAY_NAME_CHARACTERS_MAX
    if not is_short or not display_name.isprintable() or rules.LONG_NUMBER.search(display_name):
        faults["display_name"] = _(texts.BAD_NAME)
    return faults


def _doubt(_: Callable[[str], str], line: str, codes: tuple[str, ...]) -> str:
    if not codes:
        return _(texts.UNKNOWN_REGION) % {"line": line}
    known = "; ".join(f"{code} ({place_of(code)})" for code in codes)
    return _(texts.SEVERAL_REGIONS) % {"line": line, "codes": known}


def _is_uuid(text: str) -> bool:
    try:
        UUID(text.strip())
    except ValueError:
        return False
    return True
