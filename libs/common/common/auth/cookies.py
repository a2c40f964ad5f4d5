"""The cookies of a signed-in browser: their names and the flags that keep them ours."""

from starlette.responses import Response

from common.settings import ServiceSettings


def is_secure(settings: ServiceSettings) -> bool:
    """Tell whether browsers reach the service over TLS."""
    return settings.public_url.startswith("https://")


def cookie_name(settings: ServiceSettings, purpose: str = "") -> str:
    """Return a cookie's name: with TLS the __Host- prefix, and never another service's.

    Cookies do not know ports: on one machine the three services would overwrite each other's.
    """
    name = f"khbs-{settings.service}" + (f"-{purpose}" if purpose else "")
    return f"__Host-{name}" if is_secure(settings) else name


def set_cookie(
    response: Response, settings: ServiceSettings, name: str, value: str, *, max_age_s: int
) -> None:
    """Set a cookie that no script reads and no other site's form sends."""
    response.set_cookie(
        name,
        value,
        max_age=max_age_s,
        path="/",
        secure=is_secure(settings),
        httponly=True,
        samesite="lax",
    )


def delete_cookie(response: Response, settings: ServiceSettings, name: str) -> None:
    """Take a cookie back; a __Host- cookie only goes with the flags it came with."""
    response.delete_cookie(
        name, path="/", secure=is_secure(settings), httponly=True, samesite="lax"
    )
