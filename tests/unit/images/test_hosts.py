"""Hosts of registries: whose they are, and how their API is reached."""

import pytest

from crossproof.images.hosts import Ecr, Registry

ACCOUNT = "123456789012"


@pytest.mark.parametrize(
    ("host", "ecr"),
    [
        (f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com", Ecr(ACCOUNT, "eu-central-1")),
        (f"{ACCOUNT}.dkr.ecr-fips.us-gov-west-1.amazonaws.com", Ecr(ACCOUNT, "us-gov-west-1", fips=True)),
        (f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn", Ecr(ACCOUNT, "cn-north-1")),
        (f"{ACCOUNT}.dkr-ecr.eu-west-1.on.aws", Ecr(ACCOUNT, "eu-west-1")),
        (f"{ACCOUNT}.dkr-ecr-fips.us-east-1.on.aws", Ecr(ACCOUNT, "us-east-1", fips=True)),
        ("public.ecr.aws", None),
        ("ghcr.io", None),
        ("evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com".partition("/")[0], None),
        (f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com.evil.example", None),
        (f"1{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com", None),
    ],
)
def test_account_and_region_are_read_from_the_host(host, ecr):
    assert Registry.parse(host).ecr == ecr


@pytest.mark.parametrize(
    ("text", "base_url"),
    [
        ("ghcr.io", "https://ghcr.io"),
        ("GHCR.io/", "https://ghcr.io"),
        ("localhost:5000", "http://localhost:5000"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000"),
        ("[::1]:5000", "http://[::1]:5000"),
        ("registry.example:8443", "https://registry.example:8443"),
        ("127.0.0.1.evil.example", "https://127.0.0.1.evil.example"),
        ("docker.io", "https://registry-1.docker.io"),
    ],
)
def test_only_this_machine_is_asked_in_clear(text, base_url):
    assert Registry.parse(text).base_url == base_url


def test_docker_hub_keeps_its_own_images_below_library():
    assert Registry.parse("docker.io").path_of("redis") == "library/redis"
    assert Registry.parse("docker.io").path_of("acme/redis") == "acme/redis"
    assert Registry.parse("ghcr.io").path_of("redis") == "redis"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("***.dkr.ecr.eu-central-1.amazonaws.com", "set their `mask-aws-account-id: false`"),
        ("https://ghcr.io", "write only HOST[:PORT]"),
        ("ghcr.io/acme", "the path is `image_repository`"),
        ("ghcr", "is no registry"),
        ("", "is no registry"),
        ("two words.example", "is no registry"),
        ("host.example:99999", "is no registry"),
        ("user@host.example", "is no registry"),
    ],
)
def test_what_is_no_registry_is_refused_with_the_form_that_is_meant(text, said):
    with pytest.raises(ValueError, match=r"registry|host") as refused:
        Registry.parse(text)
    assert said in str(refused.value)
