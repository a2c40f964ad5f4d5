"""What other capabilities show on a family's page, without this one knowing them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Panel:
    """A template of another capability, and what it shows."""

    template: str
    values: Mapping[str, object] = field(default_factory=dict)


MakePanel = Callable[[AsyncConnection, UUID], Awaitable[Panel]]
