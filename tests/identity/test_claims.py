"""What a token's claims give; what is missing or malformed gives nothing."""

from typing import Any
from uuid import UUID

import pytest
from tests.identity.issuers import SmallIssuer

from common.auth.permissions import PARTNER_ROLES
from common.auth.tokens import principal_of
from common.ids import new_id
from common.problems import Refused


def principal(roles_claim: str = "roles", **claims: Any):
    return principal_of({"sub": "x", **claims}, roles_claim)


def test_roles_are_found_by_a_dotted_path():
    found = principal("realm_access.roles", realm_access={"roles": ["auditor", "offline"]})
    assert "audit.read" in found.permissions


def test_a_claim_whose_name_has_dots_is_found_whole():
    name = "https://khbs.example/roles"
    assert "audit.read" in principal(name, **{name: ["auditor"]}).permissions


@pytest.mark.parametrize("roles", ["auditor", "auditor finance", ["auditor", 7, None]], ids=str)
def test_roles_may_be_a_list_or_a_text(roles: object):
    assert "audit.read" in principal(roles=roles).permissions


@pytest.mark.parametrize(
    "roles", [None, 7, {}, {"auditor": True}, ["root"], [["auditor"]]], ids=str
)
def test_roles_of_another_form_give_nothing(roles: object):
    assert principal(roles=roles).permissions == frozenset()


@pytest.mark.parametrize("role", sorted(PARTNER_ROLES))
def test_a_role_of_a_partner_without_a_partner_gives_nothing(role: str):
    for partner in (None, "", "x", 7, ["y"]):
        found = principal(roles=[role], khbs_partner=partner)
        assert (found.roles, found.permissions) == (frozenset(), frozenset())


def test_a_role_of_a_partner_is_for_that_partner():
    partner_id = new_id()
    found = principal(roles=["partner_operator"], khbs_partner=str(partner_id))
    assert found.partner_id == UUID(str(partner_id))
    assert "redemptions.redeem" in found.permissions


def test_regions_are_codes_and_nothing_else():
    given = ["62.03", "62.0", "6203", "", "%", "62.03.01.2011", 7]
    assert principal(khbs_regions=given).regions == ("62.03", "62.03.01.2011")
    assert principal(khbs_regions="62.03 62.06").regions == ("62.03", "62.06")
    assert principal().regions == ()


def test_only_the_word_true_makes_a_system():
    assert principal(khbs_client=True).is_client
    assert not principal(khbs_client="true").is_client


async def test_an_access_token_as_keycloak_makes_it_is_understood():
    issuer = SmallIssuer()
    verifier = issuer.verifier(roles_claim="realm_access.roles")
    token = issuer.token(
        {"typ": "JWT"},
        typ="Bearer",
        aud=["khbs", "account"],
        azp="issuance",
        sid="a-session",
        scope="openid profile",
        realm_access={"roles": ["card_desk", "default-roles-khbs"]},
        khbs_regions=["62.03"],
        roles=None,
        preferred_username="rina",
    )
    found = await verifier.principal(token)
    assert (found.name, found.regions) == ("rina", ("62.03",))
    assert "cards.manage" in found.permissions
    for kind in ("ID", "Refresh", "Offline", "Logout"):
        with pytest.raises(Refused):
            await verifier.principal(issuer.token({"typ": "JWT"}, typ=kind))
