"""Brings in of PyGithub what sends requests, and leaves its models and its cryptography to whoever touches them.

PyGithub's package root loads 500 models and a signing library before the first request: 127 ms of CPU, of which a
token needs 90. The standard library's `LazyLoader` makes a module when it is imported and loads it when it is used.
"""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import LazyLoader
from types import ModuleType


class _WhenUsed:
    """Finds PyGithub's modules and PyJWT as always, and has them loaded at the first use."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name != "jwt" and not name.startswith("github."):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = LazyLoader(spec.loader)
        return spec


sys.meta_path.insert(0, _WhenUsed)
try:
    from github.Auth import Auth
    from github.Requester import HTTPSRequestsConnectionClass, Requester, RequestsResponse
finally:
    sys.meta_path.remove(_WhenUsed)

__all__ = ["Auth", "HTTPSRequestsConnectionClass", "Requester", "RequestsResponse"]
