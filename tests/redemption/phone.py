"""A phone with the terminal's app: a browser that keeps its data, and all that it speaks to.

Its camera shows what the test puts before it. The public trust files are answered at the address
that the cards name, without a network; the service is the real app on a port.
"""

import asyncio
import io
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import zxingcpp
from PIL import Image
from playwright.async_api import (
    BrowserContext,
    FilePayload,
    Page,
    Route,
    ViewportSize,
    async_playwright,
    expect,
)
from tests.chromium import CHROMIUM, QUIET, WITHIN_MS
from tests.clients import bearer
from tests.common.trust import Root
from tests.polling import until
from tests.redemption.browser import FAKE_CAMERA
from tests.redemption.world import FOOD_POINT, Card, Issuer, World
from tests.web.windows import barriers_of

from common.card_encoding import encode_claims, protected_header, qr_text, to_be_signed
from common.card_token import StatusReference
from common.cose import assemble
from common.cose_keys import SigningKey
from common.status_list import (
    compress,
    encode_status_list,
    pack,
    status_list_header,
    status_list_token,
)
from common.trust_bundle import BundleContent, bundle_header, encode_bundle
from redemption.settings import Settings

PUBLIC = "https://khbs.test"
LIST, DELTA = f"{PUBLIC}/s/1", f"{PUBLIC}/s/delta.cbor"
SIZE = ViewportSize(width=360, height=740)
PIN = "274951"
ROOT = Root()
ALONE = ("--headless", "--remote-debugging-port=0", "--lang=id-ID", "--hide-scrollbars")
SUSPENDED = 2


def phone_settings(world: World) -> Settings:
    """The settings under which the app trusts the test's root and asks at the test's address."""
    return world.settings.model_copy(update={"trust_roots": (ROOT.key,), "issuance_url": PUBLIC})


def token_of(card: Card, index: int, *, days: int = 30, issuer: Issuer | None = None) -> str:
    """The text of a card whose place in the status list is its own."""
    issuer = issuer or card.issuer
    protected = protected_header("Ed25519", issuer.kid)
    now = datetime.now(UTC)
    payload = encode_claims(
        card.card_id,
        household_pseudonym="ABCDEFGHIJKLM",
        printed_name=card.printed_name,
        issued_at=now - timedelta(days=20),
        expires_at=now + timedelta(days=days),
        status=StatusReference(index, LIST),
    )
    return qr_text(protected, payload, issuer.key.sign(to_be_signed(protected, payload)))


def trust_files(
    issuer: Issuer,
    statuses: Mapping[int, int],
    *,
    bundle_lives: timedelta = timedelta(days=30),
    list_lives: timedelta = timedelta(days=7),
    version: int = 1,
) -> dict[str, bytes]:
    """The files that a terminal fetches, by address."""
    now = datetime.now(UTC).replace(microsecond=0)
    public = issuer.key.public_key().public_bytes_raw()
    key = SigningKey(
        "Ed25519", public, now - timedelta(days=30), now + timedelta(days=300),
        now + timedelta(days=2000), "active",
    )  # fmt: skip
    content = BundleContent(
        version=version,
        issuer="Provinsi contoh",
        issued_at=now - timedelta(hours=1),
        expires_at=now - timedelta(hours=1) + bundle_lives,
        root=ROOT.key,
        next_root=Root(2).key,
        keys=(key,),
        lists={1: LIST},
        delta_uri=DELTA,
        min_app="1.0.0",
    )
    header, claims = bundle_header(ROOT.key), encode_bundle(content)
    bundle = assemble(header, claims, ROOT.private.sign(to_be_signed(header, claims)))
    return {f"{PUBLIC}/trust/bundle.cbor": bundle, LIST: _list(issuer, statuses, now, list_lives)}


def _list(issuer: Issuer, statuses: Mapping[int, int], now: datetime, lives: timedelta) -> bytes:
    header = status_list_header("Ed25519", issuer.kid)
    payload = encode_status_list(
        compress(pack(statuses, size=1024, bits=2)),
        bits=2,
        uri=LIST,
        issued_at=now - timedelta(minutes=20),
        expires_at=now + lives,
        ttl=timedelta(hours=12),
    )
    return status_list_token(header, payload, issuer.key.sign(to_be_signed(header, payload)))


def photo_of(text: str) -> bytes:
    """A photo of a code, a little askew, as a PNG."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    grey = zxingcpp.write_barcode_to_image(code, scale=5, add_quiet_zones=True)
    out = io.BytesIO()
    Image.fromarray(grey).rotate(4, expand=True, fillcolor=255).save(out, "PNG")
    return out.getvalue()


def film_of_a_card(text: str, path: Path) -> Path:
    """Write what a cheap camera sees of a card: grey, tilted, noisy, off the middle."""
    width, height, frames = 1280, 720, 2
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn = Image.fromarray(zxingcpp.write_barcode_to_image(code, scale=6, add_quiet_zones=True))
    card = drawn.rotate(9, Image.Resampling.BILINEAR, expand=True, fillcolor=210)
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420mpeg2\n".encode())
        for _ in range(frames):
            seen = Image.new("L", (width, height), 120)
            seen.paste(card, ((width - card.width) // 2 + 25, (height - card.height) // 2 - 13))
            noise = Image.effect_noise((width, height), 24)
            picture = Image.blend(seen, noise, 0.18)
            out.write(b"FRAME\n" + picture.tobytes() + b"\x80" * (width * height // 2))
    return path


@dataclass
class Phone:
    """One phone: its window, what it was told, and what went wrong in it."""

    context: BrowserContext
    page: Page
    address: str
    body: "Body"
    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    async def open(self, screen: str = "") -> None:
        await self.page.goto(f"{self.address}/terminal/{screen}")

    async def signs_in_as(self, name: str, **options: Any) -> None:
        """Let the browser be signed in fully as somebody of the partner."""
        person = bearer("partner_operator", partner_id=FOOD_POINT, regions=(), name=name, **options)
        await self.context.set_extra_http_headers(person)

    async def enrols(self, code: str, label: str = "Loket 1", *, by_camera: bool = False) -> None:
        """Enrol with a code that is typed, or that the phone's own camera opened the app with."""
        await self.open(f"#code={code}" if by_camera else "")
        field = self.page.get_by_label("Kode pendaftaran")
        if not by_camera:
            await field.fill(code)
        await expect(field).to_have_value(code)
        await self.shoot("enrol")
        assert code not in self.page.url
        await self.page.get_by_label("Nama telepon ini").fill(label)
        await self.press("Daftarkan")
        await expect(self.page.get_by_text("Telepon ini terdaftar")).to_be_visible()
        await self.shoot("enrolled")

    async def types_pin(self, pin: str = PIN) -> None:
        for digit in pin:
            await self.page.locator(".key", has_text=digit).click()

    async def sets_pin(self, name: str) -> None:
        await self.open("?pin=1")
        await expect(self.page.get_by_text(f"{name}:")).to_be_visible()
        await self.shoot("pin_new")
        await self.types_pin()
        await expect(self.page.get_by_text("Ketik PIN sekali lagi")).to_be_visible()
        await self.types_pin()
        await expect(self.page.locator("body[data-screen=home]")).to_be_visible()

    async def unlocks(self, name: str) -> None:
        await self.page.get_by_role("button", name=name).click()
        await self.types_pin()
        await expect(self.page.locator("body[data-screen=home]")).to_be_visible()

    async def press(self, label: str) -> None:
        await self.page.get_by_role("button", name=label, exact=True).click()

    async def goes(self, screen: str) -> None:
        await self.page.evaluate("(to) => { location.hash = to; }", screen)
        await expect(self.page.locator(f"body[data-screen={screen}]")).to_be_visible()

    async def leases(self, village: str, hours: int = 12) -> None:
        await self.goes("lease")
        await self.page.get_by_label("Desa atau kelurahan").fill(village)
        await self.page.locator(".villages .pick-row").first.click()
        await self.page.get_by_label("Untuk berapa lama?").select_option(str(hours))
        await self.press("Ambil pinjaman")
        await expect(self.page.locator("[data-lease-said]")).to_contain_text("siap dilayani")

    async def returns_leases(self) -> None:
        """Give back whatever is set aside for this phone."""
        await self.goes("lease")
        while await (held := self.page.get_by_role("button", name="Kembalikan")).count():
            left = await held.count()
            await held.first.click()
            await self.page.locator("dialog").get_by_role("button", name="Kembalikan").click()
            await expect(self.page.locator("section.lease")).to_have_count(left - 1)

    async def shows(self, text: str) -> None:
        """Take a photo of a code, and wait for what the app says of it."""
        await self.goes("scan")
        photo = FilePayload(name="card.png", mimeType="image/png", buffer=photo_of(text))
        await self.page.set_input_files("input[type=file]", photo)
        await expect(self.page.locator("body[data-screen=card]")).to_be_visible()

    async def types_number(self, number: str) -> None:
        await self.goes("scan")
        await self.page.get_by_label("Nomor kartu").fill(number)
        await self.press("Periksa kartu")
        await expect(self.page.locator("body[data-screen=card]")).to_be_visible()

    async def gives(self, benefit: str = "Paket pangan") -> str:
        """Give a benefit after comparing the name; return the receipt's heading."""
        await self.page.locator(".offer", has_text=benefit).first.click()
        await self.press("Nama cocok, serahkan")
        await expect(self.page.locator(".receipt")).to_be_visible()
        await self.shoot(f"done_{await self.page.get_attribute('.receipt', 'class')}")
        return await self.page.inner_text(".receipt h1")

    async def waits_for_worker(self) -> None:
        """Wait until the app is kept for the time without network."""
        await self.page.evaluate("navigator.serviceWorker.ready")
        await until(self.page, "navigator.serviceWorker.controller !== null")

    async def goes_off_line(self) -> None:
        await self.context.set_offline(True)
        await expect(self.page.locator("[data-chip=network]")).to_have_text("Tanpa jaringan")

    async def is_later_by(self, **span: float) -> None:
        """Let the phone's clock show a later time; by nothing, the right one again."""
        await self.page.evaluate(
            "(by) => { globalThis.rightNow ??= Date.now; Date.now = () => rightNow() + by; }",
            timedelta(**span).total_seconds() * 1000,
        )

    async def opens_another_window(self) -> Page:
        """Open the app once more in the same browser."""
        page = await self.context.new_page()
        await page.set_viewport_size(SIZE)
        self.watches(page)
        await page.goto(f"{self.address}/terminal/")
        return page

    def watches(self, page: Page) -> None:
        """Note what goes wrong in a window."""
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda line: _note(self, line.text))

    async def comes_back(self) -> None:
        await self.context.set_offline(False)
        await expect(self.page.locator("[data-chip=unsent]")).to_have_text("Semua terkirim")

    async def enters_pin_again(self, name: str) -> None:
        """Lock and unlock: with network, the server's word for the operator is fetched again."""
        await self.press("Kunci")
        await self.unlocks(name)

    async def sends(self) -> None:
        """Let the app speak to the server now, and wait until it has."""
        synced = "import('/static/scanner/sync.js').then((one) => one.sync())"
        assert await self.page.evaluate(synced) is True

    async def states(self) -> dict[str, str]:
        """What the own list says of each name of today."""
        await self.goes("lines")
        await expect(self.page.locator(".line").first).to_be_visible()
        rows = await self.page.locator(".line").all()
        return {
            await row.locator("strong").inner_text(): await row.locator(".badge").inner_text()
            for row in rows
        }

    async def barriers(self) -> list[str]:
        """What keeps people out of the screen as it is: by the axe rules, and too wide for it."""
        found = [one for one in await barriers_of(self.page) if "minor" not in one]
        wide = await self.overflow()
        return found + ([f"{wide} px too wide"] if wide else [])

    async def chip(self, name: str) -> str:
        return await self.page.inner_text(f"[data-chip={name}]")

    async def overflow(self) -> int:
        return int(
            await self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )

    async def shoot(self, name: str) -> None:
        """Keep a picture of the screen when SHOTS names a folder."""
        if folder := os.environ.get("SHOTS"):
            await self.page.evaluate("scrollTo(0, 0)")
            await self.page.screenshot(path=f"{folder}/{name}.png", full_page=True)

    def keeps(self, name: str, picture: bytes) -> None:
        """Keep a picture that the app made, as `shoot` does."""
        if folder := os.environ.get("SHOTS"):
            Path(folder, f"{name}.png").write_bytes(picture)


class Body:
    """The browser's process with its profile: what is left of it when it is killed is the disk.

    The whole browser: the bare one has no background sync, which a phone has.
    """

    def __init__(self, folder: Path, film: Path | None = None) -> None:
        assert CHROMIUM is not None
        camera = FAKE_CAMERA if film else ()
        shown = (f"--use-file-for-fake-video-capture={film}",) if film else ()
        self._port = folder / "DevToolsActivePort"
        self._port.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [CHROMIUM, *ALONE, *QUIET, *camera, *shown, f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    async def address(self) -> str:
        """Wait until the browser can be spoken to."""
        async with asyncio.timeout(WITHIN_MS / 1000):
            # The browser tells it by this file alone.
            while not (self._port.exists() and "\n" in self._port.read_text()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return f"http://127.0.0.1:{self._port.read_text().splitlines()[0]}"

    def kill(self) -> None:
        """End it as an empty battery does: at once, with all its processes."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@asynccontextmanager
async def a_phone(
    folder: Path, address: str, files: dict[str, bytes], *, film: Path | None = None
) -> AsyncIterator[Phone]:
    """Start a browser that keeps its data in a folder; a killed one is started again with it."""
    body = Body(folder, film)
    try:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.connect_over_cdp(await body.address())
            context = browser.contexts[0]
            context.set_default_timeout(WITHIN_MS)
            page = context.pages[0]
            await page.set_viewport_size(SIZE)
            phone = Phone(context, page, address, body, files)
            phone.watches(page)
            await context.route(f"{PUBLIC}/**", lambda route: _answer(route, phone.files))
            yield phone
    finally:
        body.kill()


def _note(phone: Phone, text: str) -> None:
    if "Content Security" in text:
        phone.faults.append(text)


async def _answer(route: Route, files: Mapping[str, bytes]) -> None:
    body = files.get(route.request.url)
    if body is None:
        await route.fulfill(status=404, headers={"access-control-allow-origin": "*"})
    else:
        await route.fulfill(body=body, headers={"access-control-allow-origin": "*"})
