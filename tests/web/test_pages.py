"""The shell: who sees which menu, in which language, with which headers."""

import re

import pytest
from fastapi import Request, Response
from jinja2 import UndefinedError
from tests.web.shell import MENU_OF_EVERYTHING, Settings, a_person, new_app, page

from common.auth.permissions import PERMISSIONS, ROLES
from common.web import words
from common.web.languages import same_site_path
from common.web.menu import links_for
from common.web.menu_entries import MENU

HREF = re.compile(r'<li><a href="([^"]+)"')


def menu_of(html: str) -> list[str]:
    return HREF.findall(html.partition('class="menu-open"')[2].partition("</nav>")[0])


async def test_the_menu_has_only_what_a_person_may_open(client_of):
    async with client_of(new_app(a_person("people.read", "redemptions.redeem"))) as client:
        html = (await client.get("/")).text
    assert menu_of(html) == ["/households", "http://127.0.0.1:8003/counter"]


async def test_a_person_without_permissions_is_told_so(client_of):
    async with client_of(new_app(a_person())) as client:
        html = (await client.get("/")).text
    assert menu_of(html) == []
    assert "Belum ada pekerjaan untuk akun ini" in html


async def test_who_is_not_signed_in_is_asked_to_and_sees_no_menu(client_of):
    async with client_of(new_app(None)) as client:
        html = (await client.get("/")).text
    assert "Masuk untuk bekerja" in html
    assert 'href="/auth/login?next=/"' in html
    assert "/auth/logout" not in html
    assert menu_of(html) == []


async def test_a_person_reads_their_name_role_and_region(client_of):
    async with client_of(new_app(a_person("people.read"))) as client:
        html = (await client.get("/households")).text
    assert "Norhayati Usop" in html
    assert "Operator desa" in html
    assert "Kabupaten Kotawaringin Barat" in html


async def test_a_name_is_text_and_never_markup(client_of):
    person = a_person("people.read", name="<script>x</script>")
    async with client_of(new_app(person)) as client:
        html = (await client.get("/")).text
    assert "<script>x" not in html
    assert "&lt;script&gt;x" in html


def test_one_of_several_permissions_opens_a_page():
    links = links_for({"lists.approve"}, Settings(), service="issuance", path="/cards")
    assert [link.url for link in links] == ["http://127.0.0.1:8001/lists"]


def test_the_page_that_is_open_is_marked_and_its_neighbours_are_not():
    links = links_for(MENU_OF_EVERYTHING, Settings(), service="issuance", path="/cards/7/history")
    assert [link.url for link in links if link.is_current] == ["/cards"]


def test_every_permission_in_the_menu_exists():
    for entry in MENU:
        needed = entry.permission if isinstance(entry.permission, tuple) else (entry.permission,)
        assert set(needed) <= PERMISSIONS


def test_every_role_has_a_name_for_people():
    assert set(words.ROLES) == set(ROLES)


# They have no pages.
SYSTEMS = ("integrator", "registry_client")


@pytest.mark.parametrize("role", [name for name in ROLES if name not in SYSTEMS])
def test_every_role_of_a_person_has_something_to_do(role: str):
    assert links_for(ROLES[role], Settings(), service="registry", path="/")


# ---- language ----


async def test_a_page_is_indonesian_whatever_the_browser_prefers(client_of):
    async with client_of(new_app(a_person("people.read"))) as client:
        answer = await client.get("/", headers={"accept-language": "en-US,en;q=0.9"})
    assert '<html lang="id">' in answer.text
    assert answer.headers["content-language"] == "id"


async def test_the_language_that_was_chosen_stays_chosen(client_of):
    async with client_of(new_app(a_person("people.read"))) as client:
        answer = await client.post("/lang", data={"lang": "en", "next": "/households?a=1"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/households?a=1")
        html = (await client.get("/households")).text
        assert '<html lang="en">' in html
        assert "Village operator" in html
        await client.post("/lang", data={"lang": "id", "next": "/"})
        assert '<html lang="id">' in (await client.get("/households")).text


async def test_a_link_can_ask_for_a_language_once(client_of):
    async with client_of(new_app(None)) as client:
        html = (await client.get("/?lang=en")).text
        assert "Sign in to work" in html
        # The switch leads back to the page without that wish, or it would undo the choice.
        assert 'name="next" value="/"' in html
        assert "Masuk untuk bekerja" in (await client.get("/")).text


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
        " /x",
    ],
)
async def test_the_language_switch_never_leads_to_another_site(client_of, target: str):
    async with client_of(new_app(None)) as client:
        answer = await client.post("/lang", data={"lang": "en", "next": target})
    assert answer.headers["location"] == "/"
    assert same_site_path(target) == "/"


async def test_an_unknown_language_is_indonesian(client_of):
    async with client_of(new_app(None)) as client:
        await client.post("/lang", data={"lang": "xx", "next": "/"})
        assert '<html lang="id">' in (await client.get("/")).text


# ---- the answer ----


async def test_a_page_may_run_only_the_files_of_its_own_site(client_of):
    async with client_of(new_app(None)) as client:
        policy = (await client.get("/")).headers["content-security-policy"]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert "unsafe" not in policy


async def test_an_answer_carries_the_other_security_headers(client_of):
    async with client_of(new_app(None)) as client:
        headers = (await client.get("/")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=(self)" in headers["permissions-policy"]
    assert headers["cache-control"] == "no-store"


async def test_the_token_is_in_the_page_and_in_each_form(client_of):
    async with client_of(new_app(a_person("people.read"))) as client:
        html = (await client.get("/imports/new")).text
    assert '<meta name="csrf-token" content="t0k">' in html
    forms = re.findall(r'<form[^>]*method="post".*?</form>', html, re.DOTALL)
    assert len(forms) >= 3
    assert all('name="csrf_token" value="t0k"' in form for form in forms)


async def test_the_demonstration_says_that_its_data_is_not_real(client_of):
    said = "Data contoh — bukan data warga sebenarnya"
    async with client_of(new_app(None, Settings(demo=True))) as client:
        assert said in (await client.get("/")).text
    async with client_of(new_app(None, Settings(demo=False))) as client:
        assert said not in (await client.get("/")).text


async def test_a_refusal_says_what_to_do_and_gives_its_number(client_of):
    async with client_of(new_app(a_person("people.read"))) as client:
        answer = await client.get("/problem")
    assert answer.status_code == 403
    assert "Minta kepada orang yang berwenang" in answer.text
    assert "0193500a-7b1c-7d2e-9f00-5a5a5a5a5a5a" in answer.text


async def test_an_error_is_said_at_its_field_and_above_the_form(client_of):
    async with client_of(new_app(a_person("intake.upload"))) as client:
        answer = await client.post("/imports/new", data={"csrf_token": "t0k"})
    assert answer.status_code == 422
    assert '<a href="#village">Pilih desa.</a>' in answer.text
    assert 'aria-describedby="village-error" aria-invalid="true"' in answer.text


async def test_a_template_with_a_name_that_nobody_gave_is_an_error(client_of):
    app = new_app(None)

    @app.get("/forgotten")
    async def get_forgotten(request: Request) -> Response:
        with pytest.raises(UndefinedError, match="errors"):
            page(request, "gallery/form.html", village="")
        return Response(status_code=204)

    async with client_of(app) as client:
        assert (await client.get("/forgotten")).status_code == 204
