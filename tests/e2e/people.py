"""The people of the demonstration, each with a browser's cookies, signing in as anyone would."""

import re
import time
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import httpx2 as httpx
import pyotp

from common.clock import utc_now
from common.ids import new_id
from common.web.formats import in_wib

STEP_S = 30
CSRF = re.compile(r'<meta name="csrf-token" content="([0-9a-f]+)"')


class Form(HTMLParser):
    """The first form of a page: where it goes and what it sends."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}
        self._open = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and self.action is None and "/sign-in" in (given.get("action") or ""):
            self.action, self._open = given["action"], True
        elif tag == "input" and self._open and given.get("name"):
            self.fields[str(given["name"])] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = False


@dataclass
class Town:
    """Where the services are, and who is there."""

    state: dict[str, Any]
    empty_village: str
    steps_used: dict[str, int] = field(default_factory=dict)

    def url(self, service: str) -> str:
        return str(self.state["services"][service]["url"])

    def login(self, user: str) -> dict[str, str]:
        return next(dict(one) for one in self.state["logins"] if one["user"] == user)

    def code(self, user: str) -> str:
        """A code of this person that was not used: each is good for one sign-in."""
        here = int(time.time()) // STEP_S
        step = max(here, self.steps_used.get(user, 0) + 1)
        while step > here + 1:  # One step ahead is accepted; two people never wait on each other.
            time.sleep(1)
            here = int(time.time()) // STEP_S
        self.steps_used[user] = step
        return pyotp.TOTP(self.login(user)["totp_secret"]).at(step * STEP_S)

    def person(self, user: str) -> "Person":
        return Person(self, user)


class Person:
    """Calls services with the cookies and the CSRF token of a signed-in browser."""

    def __init__(self, town: Town, user: str) -> None:
        self.town, self.user = town, user
        self.http = httpx.Client(timeout=30)
        self.tokens: dict[str, str] = {}

    def follow(self, answer: httpx.Response) -> httpx.Response:
        for _ in range(12):
            if not answer.is_redirect:
                return answer
            target = urljoin(str(answer.url), answer.headers["location"])
            answer = self.http.get(target, headers={"accept": "text/html"})
        raise AssertionError("redirected for ever")

    def sign_in(self, service: str) -> None:
        """Open a service; give password and code when the issuer asks for them."""
        start = f"{self.town.url(service)}/auth/login?next=/"
        page = self.follow(self.http.get(start, headers={"accept": "text/html"}))
        login = self.town.login(self.user)
        while (form := Form(page.text)).action is not None:
            given = {"username": self.user, "password": login["password"]}
            if "code" in form.fields:
                given = {"code": self.town.code(self.user)}
            target = urljoin(str(page.url), form.action)
            page = self.follow(
                self.http.post(
                    target, data={**form.fields, **given}, headers={"accept": "text/html"}
                )
            )
            assert page.status_code == 200, (self.user, page.status_code, page.text[-800:])
        found = CSRF.search(page.text)
        assert found is not None, f"{self.user} is not signed in at {service}: {page.url}"
        self.tokens[service] = found.group(1)

    def call(self, method: str, service: str, path: str, **options: Any) -> httpx.Response:
        """Call a route as this person; signs in at the service first."""
        if service not in self.tokens:
            self.sign_in(service)
        headers = {"x-csrf-token": self.tokens[service], "accept": "application/json"}
        return self.http.request(method, self.town.url(service) + path, headers=headers, **options)

    def get(self, service: str, path: str, **params: Any) -> Any:
        answer = self.call("GET", service, path, params=params)
        assert answer.status_code == 200, (path, answer.status_code, answer.text)
        return answer.json()

    def post(self, service: str, path: str, body: Any = None, *, wants: int = 200) -> Any:
        answer = self.call("POST", service, path, json=body if body is not None else {})
        assert answer.status_code == wants, (path, answer.status_code, answer.text)
        return answer.json()

    def visit_sample(self, list_id: str) -> int:
        """Draw a list's sample and record that each family is as recorded; return how many."""
        drawn = self.post("registry", f"/v1/lists/{list_id}/sample", wants=201)
        for family in drawn["families"]:
            visit = {
                "id": str(new_id()),
                "household_id": family["household_id"],
                "visited_on": in_wib(utc_now()).date().isoformat(),
                "place_code": family["region_code"],
                "finding": "as_recorded",
            }
            self.post("registry", f"/v1/lists/{list_id}/visits", visit, wants=201)
        return len(drawn["families"])
