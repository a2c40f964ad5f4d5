"""Static files: kept for ever under the hash of their content, asked for again under any other."""

import gzip
import json
import re
from pathlib import Path

import pytest
from tests.web.shell import new_app

from common.web import vendor
from common.web.assets import Assets

LIBRARY = Path(vendor.__file__).parents[2]


async def test_an_address_with_the_right_hash_is_kept_for_a_year(client_of):
    url = Assets().url("khbs.css")
    async with client_of(new_app()) as client:
        answer = await client.get(url)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"


async def test_an_address_with_another_hash_is_not_kept(client_of):
    async with client_of(new_app()) as client:
        for address in ("/static/khbs.css", "/static/khbs.css?v=0000000000000000"):
            assert (await client.get(address)).headers["cache-control"] == "no-cache"


async def test_a_file_that_a_browser_has_is_not_sent_again(client_of):
    async with client_of(new_app()) as client:
        first = await client.get("/static/khbs.js")
        again = await client.get(
            "/static/khbs.js", headers={"if-none-match": first.headers["etag"]}
        )
        other = await client.get("/static/khbs.js", headers={"if-none-match": '"other"'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert other.status_code == 200


async def test_text_is_sent_compressed_to_those_who_can_read_it(client_of):
    async with client_of(new_app()) as client:
        plain = await client.get("/static/khbs.css", headers={"accept-encoding": "identity"})
        zipped = await client.get("/static/khbs.css", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert zipped.headers["content-encoding"] == "gzip"
    assert zipped.content == plain.content
    assert int(zipped.headers["content-length"]) < int(plain.headers["content-length"]) / 2
    assert zipped.headers["etag"] != plain.headers["etag"]
    assert zipped.headers["vary"] == "accept-encoding"


async def test_head_tells_the_size_without_the_content(client_of):
    async with client_of(new_app()) as client:
        answer = await client.head("/static/favicon.svg", headers={"accept-encoding": "identity"})
    assert answer.content == b""
    assert int(answer.headers["content-length"]) > 100


@pytest.mark.parametrize(
    "name",
    [
        "../pages.py",
        "..%2fpages.py",
        "vendor/../../pages.py",
        "../locale/en/LC_MESSAGES/messages.po",
        "../templates/layout.html",
        "gallery/form.html",
        "gallery/../shell.py",
        "nothing.css",
        "",
        "vendor",
    ],
)
async def test_nothing_else_of_the_package_can_be_fetched(client_of, name: str):
    async with client_of(new_app()) as client:
        assert (await client.get(f"/static/{name}")).status_code == 404


async def test_static_files_are_only_read(client_of):
    async with client_of(new_app()) as client:
        assert (await client.post("/static/khbs.css")).status_code == 405


def test_a_capability_keeps_its_files_beside_its_templates(tmp_path: Path):
    (tmp_path / "counter.js").write_text("export {};")
    (tmp_path / "counter.html").write_text("<p></p>")
    assets = Assets({"redeeming": tmp_path})
    assert assets.url("redeeming/counter.js").startswith("/static/redeeming/counter.js?v=")
    assert assets.find("redeeming/counter.html") is None


def test_another_content_has_another_address(tmp_path: Path):
    (tmp_path / "a.js").write_text("1")
    before = Assets({"x": tmp_path}).url("x/a.js")
    (tmp_path / "a.js").write_text("2")
    assert Assets({"x": tmp_path}).url("x/a.js") != before


def test_a_style_sheet_names_its_pictures_by_their_hash():
    css = Assets().find("khbs.css")
    assert css is not None
    assert Assets().url("pattern.svg").encode() in css.body


def test_a_file_that_was_never_fetched_is_an_error_that_says_what_to_run():
    with pytest.raises(FileNotFoundError, match=r"common\.web\.vendor"):
        Assets().url("vendor/nothing.js")


# ---- libraries from npm ----


@pytest.fixture
def fetched() -> dict[str, bytes]:
    return vendor.gathered(vendor.NODE_MODULES)


def test_what_npm_fetched_is_what_was_recorded(fetched: dict[str, bytes]):
    vendor.verify(fetched, json.loads(vendor.RECORD.read_text()))


def test_a_library_that_was_changed_is_refused(fetched: dict[str, bytes]):
    changed = {**fetched, "htmx/htmx.min.js": fetched["htmx/htmx.min.js"] + b"\n"}
    with pytest.raises(vendor.VendorMismatch, match=r"htmx/htmx\.min\.js"):
        vendor.verify(changed, json.loads(vendor.RECORD.read_text()))


def test_a_library_that_nobody_recorded_is_refused(fetched: dict[str, bytes]):
    with pytest.raises(vendor.VendorMismatch, match=r"new\.js"):
        vendor.verify({**fetched, "new.js": b""}, json.loads(vendor.RECORD.read_text()))


def test_the_lock_names_hashes_and_no_registry():
    lock = json.loads((LIBRARY / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    assert all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not any("resolved" in entry for entry in packages.values())


def test_versions_are_exact():
    package = json.loads((LIBRARY / "package.json").read_text())
    versions = {**package["dependencies"], **package["devDependencies"]}.values()
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in versions)


def test_every_icon_that_a_template_names_is_in_the_sprite():
    texts = [path.read_text() for path in LIBRARY.rglob("common/web/**/*.html")]
    named = set(re.findall(r'icon(?:=|\()"([a-z0-9-]+)"', " ".join(texts)))
    assert named
    assert named <= set(vendor.ICONS)


def test_the_shell_is_light_enough_for_a_village_line():
    names = (
        "vendor/bootstrap/bootstrap.min.css",
        "vendor/htmx/htmx.min.js",
        "vendor/icons.svg",
        "khbs.css",
        "khbs.js",
        "motif.svg",
        "pattern.svg",
    )
    assets = Assets()
    found = [asset for name in names if (asset := assets.find(name))]
    assert len(found) == len(names)
    assert sum(len(gzip.compress(asset.body)) for asset in found) < 80_000
