"""RSA keys that live as long as the process: none is ever written down or committed."""

from functools import cache
from typing import Any


@cache
def key(_: int) -> Any:
    """Make one for each number; sandboxes of one process share them, because each takes 200 ms."""
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - 60 ms that most tests never need

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
