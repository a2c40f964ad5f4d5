"""Refusals of people and systems whom we know, kept in the audit log."""

import time
from collections import OrderedDict

import structlog
from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError

from common import audit
from common.auth.principal import Principal
from common.middleware import route_of
from common.problems import Refused

# Someone tried what they may not do, or reached for what is not theirs.
NOTED = frozenset({"permission_missing", "outside_your_regions", "another_partner"})
# The same attempt by the same person is noted once in this time, however often it is made.
ONCE_IN_S = 60.0
REMEMBERED_MAX = 5_000

log = structlog.get_logger()


class RefusalNotes:
    """Notes refusals of one process, without letting anyone fill the log with them."""

    def __init__(self) -> None:
        self._noted: OrderedDict[tuple[str, ...], float] = OrderedDict()

    async def note(self, request: Request, refusal: Refused) -> None:
        """Write a refusal to the audit log, in a transaction of its own.

        The refused act's own transaction was rolled back, and whatever happens here does not
        change the answer.
        """
        principal: Principal | None = getattr(request.state, "principal", None)
        if refusal.code not in NOTED or principal is None:
            return
        route = route_of(request.scope)
        if not self._is_new((principal.subject, request.method, route, refusal.code)):
            return
        details = {"method": request.method, "reason": refusal.code}
        if "permission" in refusal.facts:
            details["permission"] = refusal.facts["permission"]
        try:
            async with request.app.state.engine.begin() as tx:
                await audit.record(tx, principal, "access.refused", "route", route, details=details)
        except (SQLAlchemyError, OSError) as error:
            log.warning("a refusal was not noted", error=type(error).__name__)

    def _is_new(self, attempt: tuple[str, ...]) -> bool:
        now = time.monotonic()
        if now - self._noted.get(attempt, -ONCE_IN_S) < ONCE_IN_S:
            return False
        self._noted[attempt] = now
        self._noted.move_to_end(attempt)
        while len(self._noted) > REMEMBERED_MAX:
            self._noted.popitem(last=False)
        return True
