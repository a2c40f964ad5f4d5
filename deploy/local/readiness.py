"""Asking a service whether it is ready."""

import http.client

from local.ports import LOOPBACK

ANSWER_WITHIN_S = 5.0


def readiness(port: int) -> str:
    """Empty when the service on this port says it is ready, else what it said."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read(4096).decode(errors="replace")
        return "" if answer.status == http.HTTPStatus.OK else f"{answer.status} {body}"
    except (OSError, http.client.HTTPException) as failure:
        return str(failure) or type(failure).__name__
    finally:
        connection.close()


def is_ready(port: int) -> bool:
    """Whether the service on this port says it is ready."""
    return not readiness(port)
