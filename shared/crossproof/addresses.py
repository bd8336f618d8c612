"""Decides which addresses may be asked at all: https, and http on this machine alone."""

import ipaddress
from urllib.parse import urlsplit


def may_be_asked(url: str) -> bool:
    """Allow https, and http to this machine alone; a credential inside an address belongs elsewhere."""
    try:
        parts = urlsplit(url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(parts.hostname or ""))
        return safe and bool(parts.hostname) and parts.port != 0 and parts.username is None
    except ValueError:
        return False


def is_this_machine(host: str) -> bool:
    """Whether a host's name or address never leaves the machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
