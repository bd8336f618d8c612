import pytest
import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from crossproof.github.pooled import Pools

PROXY = "http://proxy.example:3128"


def way(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, origin: str = "https://api.github.com"):
    for name in ("HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Pools(4, environment)._to(origin)


def test_without_a_proxy_a_host_is_asked_directly_with_the_certificates_that_requests_trusts(monkeypatch):
    direct = way({}, monkeypatch)
    assert isinstance(direct, urllib3.HTTPSConnectionPool)
    assert direct.ca_certs == DEFAULT_CA_BUNDLE_PATH
    assert direct.cert_reqs in {None, "CERT_REQUIRED"}


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_a_proxy_of_the_machine_is_used_with_its_credentials(monkeypatch, name):
    proxied = way({name: "http://me:secret@proxy.example:3128"}, monkeypatch)
    assert isinstance(proxied, urllib3.ProxyManager)
    assert proxied.proxy.host == "proxy.example"
    assert proxied.proxy_headers["proxy-authorization"] == "Basic bWU6c2VjcmV0"


def test_a_host_that_the_proxy_is_not_for_is_asked_directly(monkeypatch):
    direct = way({"HTTPS_PROXY": PROXY, "NO_PROXY": "api.github.com"}, monkeypatch)
    assert isinstance(direct, urllib3.HTTPSConnectionPool)


def test_certificates_of_the_machine_s_own_are_trusted_instead(monkeypatch, tmp_path):
    bundle = tmp_path / "own.pem"
    bundle.write_text("")
    assert way({"REQUESTS_CA_BUNDLE": str(bundle)}, monkeypatch).ca_certs == str(bundle)


def test_an_empty_setting_is_no_setting(monkeypatch):
    assert isinstance(way({"HTTPS_PROXY": ""}, monkeypatch), urllib3.HTTPSConnectionPool)
