"""Every path of the two interfaces, as their definitions have them."""

from registry.dci.envelope import Door
from registry.dci.rules import Registry

REGISTRIES: tuple[Registry, ...] = ("social", "ibr")
# Answered later, at the address that the sender names.
LATER = (
    ("/registry/search", "search"),
    ("/registry/subscribe", "subscribe"),
    ("/registry/unsubscribe", "unsubscribe"),
    ("/registry/txn/status", "txn-status"),
)
# Answered at once.
AT_ONCE = (
    ("/registry/sync/search", "search", "on-search"),
    ("/registry/sync/txn/status", "txn-status", "txn-on-status"),
)
# What a registry is told by others.
TOLD = (
    ("/registry/on-search", "on-search"),
    ("/registry/on-subscribe", "on-subscribe"),
    ("/registry/on-unsubscribe", "on-unsubscribe"),
    ("/registry/txn/on-status", "txn-on-status"),
    ("/registry/notify", "notify"),
)
ENROLLED = Door("ibr", "/registry/sync/enrolled", "search", "on-search", is_sync=True)
UPDATES = Door("ibr", "/registry/sync/enrollment/updates", "notify", "notify", is_sync=True)

DOORS: tuple[Door, ...] = tuple(
    door
    for registry in REGISTRIES
    for door in (
        *(Door(registry, path, action) for path, action in LATER),
        *(Door(registry, path, action, reply, is_sync=True) for path, action, reply in AT_ONCE),
        *(Door(registry, path, action) for path, action in TOLD),
    )
)
