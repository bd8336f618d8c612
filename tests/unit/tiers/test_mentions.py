"""What a Compose file reads of the repository is found by what its words name there."""

from tests.checkouts import FakeCheckout

from crossproof.tiers.mentions import mentioned

COMPOSE = """\
include: [common.yml]
x-base: &base {image: acme/db}
services:
  db:
    <<: *base
    env_file: ../db.env  # its words
    volumes:
      - ./initdb:/docker-entrypoint-initdb.d:ro
      - {type: bind, source: ../../certs/ca.pem, target: /ca.pem}
      - data:/var/lib/data
  api:
    build:
      context: ../..
      dockerfile: Dockerfile.api
    build: ../../src
    working_dir: /app
    command: ["/app/serve", "."]
secrets: {key: {file: "./key.txt"}}
"""
CHECKOUT = FakeCheckout(
    {
        "tests/integration/c.yml": COMPOSE,
        "tests/integration/common.yml": "",
        "tests/integration/initdb/1.sql": "",
        "tests/integration/key.txt": "",
        "tests/db.env": "",
        "certs/ca.pem": "",
        "src/a.py": "",
        "app/serve": "",
    }
)


def test_mounts_includes_variables_and_secrets_are_found_and_what_is_built_is_not():
    assert mentioned("tests/integration/c.yml", CHECKOUT) == [
        "tests/integration/common.yml",
        "tests/db.env",
        "tests/integration/initdb",
        "certs/ca.pem",
        "tests/integration/key.txt",
    ]
