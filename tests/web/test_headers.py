"""The content security policy for each way the services can be placed."""

from dataclasses import replace

import pytest
from tests.web.shell import Settings

from common.web.headers import content_security_policy, permissions_policy, security_headers

APART = Settings(
    public_url="https://kartu.example.go.id",
    registry_url="https://data.example.go.id/",
    issuance_url="https://kartu.example.go.id",
    redemption_url="https://mitra.example.go.id",
    issuer="https://masuk.example.go.id/realms/khbs",
)


def rule(policy: str, name: str) -> str:
    return dict(part.split(" ", 1) for part in policy.split("; "))[name]


def test_forms_lead_only_to_the_issuer_and_the_three_services():
    assert rule(content_security_policy(APART), "form-action") == (
        "'self' https://data.example.go.id https://masuk.example.go.id https://mitra.example.go.id"
    )


def test_only_a_page_that_asks_may_compile_web_assembly():
    assert rule(content_security_policy(APART), "script-src") == "'self'"
    asked = rule(content_security_policy(APART, wasm=True), "script-src")
    assert asked == "'self' 'wasm-unsafe-eval'"


def test_only_a_page_that_asks_may_learn_where_the_device_is():
    assert "geolocation=()" in permissions_policy()
    assert dict(security_headers(APART))[b"permissions-policy"] == permissions_policy().encode()
    assert "geolocation=(self)" in permissions_policy(geolocation=True)


def test_a_site_with_tls_tells_browsers_to_stay_with_it():
    assert b"strict-transport-security" in dict(security_headers(APART))
    assert b"strict-transport-security" not in dict(security_headers(Settings()))


@pytest.mark.parametrize("issuer", ["javascript:x", "masuk.example", "https://a:b@masuk.example"])
def test_an_issuer_that_is_no_plain_address_stops_the_start(issuer: str):
    with pytest.raises(ValueError, match="origin"):
        security_headers(replace(APART, issuer=issuer))


def test_an_address_cannot_add_rules_of_its_own():
    with pytest.raises(ValueError, match="origin"):
        security_headers(replace(APART, issuer="https://a.example; script-src *"))
