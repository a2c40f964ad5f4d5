"""A person with a real browser: headless Chromium at the size of a phone or of a desk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from tests.chromium import CHROMIUM, MISSING, QUIET, WITHIN_MS
from tests.e2e.people import Town

PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1280, height=800)


@contextmanager
def chromium() -> Iterator[Browser]:
    assert CHROMIUM, MISSING
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield started
        started.close()


class Seat:
    """One person before one screen."""

    def __init__(self, browser: Browser, town: Town, user: str, size: ViewportSize) -> None:
        self.town, self.user = town, user
        self.context: BrowserContext = browser.new_context(
            viewport=size, locale="id-ID", accept_downloads=True
        )
        self.context.set_default_timeout(WITHIN_MS)
        self.page: Page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on(
            "console",
            lambda line: self.faults.append(line.text) if "Content Security" in line.text else None,
        )

    def open(self, service: str, path: str) -> Page:
        """Open a page, signing in on the way when asked to."""
        page = self.page
        page.goto(f"{self.town.url(service)}/auth/login?next={path}")
        if page.locator("input[name=username]").count():
            page.fill("input[name=username]", self.user)
            page.fill("input[name=password]", self.town.login(self.user)["password"])
            page.click("main button[type=submit]")
            page.wait_for_load_state()
        if page.locator("input[name=code]").count():
            page.fill("input[name=code]", self.town.code(self.user))
            page.click("main button[type=submit]")
            page.wait_for_load_state()
        return page

    def agree(self) -> None:
        """Say yes in the dialog that asks whether one is sure."""
        self.page.click("dialog[open] button[value=yes]")
        self.page.wait_for_load_state()

    def press(self, label: str) -> None:
        """Press the button or link with these words."""
        self.page.locator(f"main :is(button, a):has-text('{label}')").first.click()
        self.page.wait_for_load_state()

    def shoot(self, name: str) -> None:
        """Keep a picture of the page when SHOTS names a folder."""
        folder = os.environ.get("SHOTS")
        if folder:
            self.page.screenshot(path=f"{folder}/{name}.png", full_page=True)

    def overflow(self) -> int:
        """How many pixels of the page lie beyond the screen's right edge."""
        return int(
            self.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
        )
