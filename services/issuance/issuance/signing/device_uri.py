"""PKCS#11 URIs (RFC 7512): how a key in a device is named. A PIN never stands in one."""

from dataclasses import dataclass
from urllib.parse import quote_from_bytes, unquote_to_bytes

from common.problems import Refused

SCHEME = "pkcs11:"
_KNOWN = frozenset({"token", "serial", "object", "id", "type"})


@dataclass(frozen=True, slots=True)
class DeviceUri:
    """Which token, and in it which key; what is None is not asked for."""

    token: str | None
    serial: str | None = None
    label: str | None = None
    key_id: bytes | None = None

    def __str__(self) -> str:
        """Return the URI of the private key."""
        parts = {"token": self.token, "serial": self.serial, "object": self.label}
        named = [f"{name}={_quoted(value)}" for name, value in parts.items() if value is not None]
        if self.key_id is not None:
            named.append("id=" + "".join(f"%{byte:02X}" for byte in self.key_id))
        return SCHEME + ";".join([*named, "type=private"])


def parse_device_uri(text: str) -> DeviceUri:
    """Return what a URI names; raises Refused device_uri_malformed.

    Attributes that would be ignored are refused, and so is a query: module and PIN are settings.
    """
    if not text.startswith(SCHEME) or "?" in text:
        raise Refused("device_uri_malformed")
    found: dict[str, bytes] = {}
    for part in text.removeprefix(SCHEME).split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or name not in _KNOWN or name in found:
            raise Refused("device_uri_malformed")
        found[name] = unquote_to_bytes(value)
    if not {"token", "serial"} & found.keys() or found.get("type", b"private") != b"private":
        raise Refused("device_uri_malformed")
    try:
        words = {name: found[name].decode() for name in found.keys() - {"id"}}
    except UnicodeDecodeError:
        raise Refused("device_uri_malformed") from None
    return DeviceUri(words.get("token"), words.get("serial"), words.get("object"), found.get("id"))


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode(), safe="-._~:[]@!$'()*+,=&")
