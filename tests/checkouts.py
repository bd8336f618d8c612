"""A repository in memory, as tiers see one."""

from dataclasses import dataclass, field
from fnmatch import fnmatch


@dataclass
class FakeCheckout:
    texts: dict[str, str] = field(default_factory=dict)
    executable: set[str] = field(default_factory=set)

    def files(self):
        return sorted(self.texts)

    def is_file(self, path):
        return path in self.texts

    def is_executable(self, path):
        return path in self.executable

    def read(self, path):
        return self.texts[path].encode()

    def matching(self, patterns):
        return [(p, t.encode()) for p, t in sorted(self.texts.items()) if any(fnmatch(p, each) for each in patterns)]
