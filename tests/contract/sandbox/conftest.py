"""A sandbox for each test, and a client that speaks to it as one of its tokens."""

import pytest
import requests

from crossproof_sandbox import Sandbox

CHILD = """
name: Track
run-name: "Track [${{ github.event.client_payload.dispatch.id || inputs.correlation_id }}]"
on:
  workflow_dispatch:
    inputs:
      correlation_id: {type: string}
      environment: {type: choice, options: [dev, prod], default: dev}
  repository_dispatch:
    types: [run-tracktor]
jobs:
  build: {runs-on: ubuntu-latest, steps: []}
  test: {name: Test it, runs-on: ubuntu-latest, steps: []}
"""


class Client:
    """Speaks to the sandbox over HTTP, as plainly as can be."""

    def __init__(self, github, token="") -> None:
        self.github = github
        self.session = requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def __call__(self, method, path, **more) -> requests.Response:
        url = path if path.startswith("http") else self.github.url + path
        return self.session.request(method, url, allow_redirects=False, timeout=10, **more)

    def get(self, path, **more):
        return self("GET", path, **more)

    def post(self, path, body=None, **more):
        return self("POST", path, json=body, **more)


@pytest.fixture
def github():
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def repo(github):
    repository = github.repository("acme/app")
    repository.workflow("track.yml", CHILD)
    return repository


@pytest.fixture
def speak(github, repo):
    """Make a client for a token; without one, for a token that may do everything."""
    made = []

    def make(token=None):
        made.append(Client(github, github.token() if token is None else token))
        return made[-1]

    yield make
    for client in made:
        client.session.close()


@pytest.fixture
def client(speak):
    return speak()
