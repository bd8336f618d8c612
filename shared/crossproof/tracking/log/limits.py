"""How much of a log is read. Every limit that is reached is reported: none cuts evidence in silence."""

KIB, MIB = 1024, 1024 * 1024

MAX_LINE = 16 * MIB
MAX_DOCUMENT = 64 * MIB  # a JSON array, or events spread over lines, must be held whole
MAX_DEPTH = 64  # jsonschema-rs ends the process by a stack overflow at 20,000 levels; no event needs a hundredth
MAX_EVENTS = 3_000_000  # what rules across lines remember of each, comes to 500 MB
MAX_BYTES = 2 * 1024 * MIB  # of one call, decompressed: 64 MiB of line ends are 65 KiB as gzip
