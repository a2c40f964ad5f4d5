"""The events about who may sign in."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from common.event import Event


class AccountSignInsEndedV1(Event):
    """Every sign-in of a person ended: disabled, moved, a new password, or signed out everywhere.

    What was opened by a sign-in of before says nothing any more, wherever it was kept.
    """

    event_type: ClassVar[str] = "account.sign_ins_ended.v1"

    account_id: UUID
    ended_at: AwareDatetime
    # The second of the one older sign-in that goes on: that of who chose a new password.
    spared_at: AwareDatetime | None = None
