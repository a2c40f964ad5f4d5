"""Finding free ports on the loopback address."""

import random
import socket
from collections.abc import Collection

LOOPBACK = "127.0.0.1"
PORTS_TRIED = 200
ANY_PORT = range(20000, 32000)
"""Below the ports that the kernel lends to outgoing connections, which could take one meanwhile."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return not answers(port)


def answers(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def free_port(preferred: int | None = None, taken: Collection[int] = ()) -> int:
    """The preferred port or the next free one after it; any free port when none is preferred."""
    if preferred is not None:
        for port in range(preferred, preferred + PORTS_TRIED):
            if port not in taken and is_free(port):
                return port
    while True:
        port = random.choice(ANY_PORT)
        if port not in taken and is_free(port):
            return port
