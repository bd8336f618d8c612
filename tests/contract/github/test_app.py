"""A GitHub App over a real connection: its signature is verified by somebody else's code."""

import pytest

from crossproof.errors import NoAccess
from crossproof.github.api import Api
from crossproof.github.app import AppAccess
from crossproof.units import RepoRef, SecretStr

HOME = RepoRef("acme", "app")


@pytest.fixture
def as_app(github):
    masked = []

    def make(app, app_id=None, key=None):
        access = AppAccess(
            app_id or str(app.id),
            SecretStr(key or app.private_key),
            home=HOME,
            api_url=github.url,
            clock=github.clock,
            mask=masked.append,
            announce=masked.append,
        )
        return Api(access, api_url=github.url, clock=github.clock)

    make.masked = masked
    return make


def test_an_app_works_for_hours_on_tokens_that_it_renews_before_they_end(github, as_app):
    app = github.app("prover")
    github.install(app, "acme")
    api = as_app(app)
    for _ in range(8):
        assert api.get("/repos/acme/app").ok
        github.clock.advance(20 * 60)
    assert 401 not in [e.status for e in github.log]
    assert len(github.log.of("POST", "*/access_tokens")) == len(as_app.masked) == 3


def test_one_app_serves_every_owner_it_is_installed_for(github, as_app):
    app = github.app("prover")
    github.repository("other/lib")
    github.install(app, "acme")
    github.install(app, "other")
    api = as_app(app)
    for _ in range(2):
        assert api.get("/repos/acme/app").ok
        assert api.get("/repos/other/lib").ok
    assert len(github.log.of("POST", "*/access_tokens")) == 2


def test_an_app_that_is_not_installed_is_told_so(github, as_app):
    with pytest.raises(NoAccess, match="is not installed on acme/app"):
        as_app(github.app("prover")).get("/repos/acme/app")


def test_a_key_of_another_app_is_told_so(github, as_app):
    one, other = github.app("one"), github.app("other")
    github.install(one, "acme")
    with pytest.raises(NoAccess, match="signature"):
        as_app(one, key=other.private_key).get("/repos/acme/app")


def test_a_client_id_is_as_good_as_an_id(github, as_app):
    app = github.app("prover")
    github.install(app, "acme")
    assert as_app(app, app_id=app.client_id).get("/repos/acme/app").ok
