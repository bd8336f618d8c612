import pytest

from crossproof.errors import BadCall
from crossproof.github.access import Kind, TokenAccess
from crossproof.units import RepoRef, SecretStr


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("ghp_x", Kind.CLASSIC),
        ("github_pat_x", Kind.FINE_GRAINED),
        ("ghs_x", Kind.INSTALLATION),
        ("ghu_x", Kind.USER),
        ("0" * 40, Kind.OTHER),
    ],
)
def test_a_token_is_known_by_its_prefix(token, kind):
    assert TokenAccess(SecretStr(token)).credential(None).kind is kind


def test_nothing_shows_a_token():
    access = TokenAccess(SecretStr("ghp_hidden"))
    credential = access.credential(RepoRef("o", "r"))
    assert "hidden" not in f"{access!r}{credential!r}{credential.mark}"


@pytest.mark.parametrize("token", ["", "ghp_a\nb", "ghp_a b", "ghp_ä", "ghp_a\r\n"])
def test_a_token_that_no_header_can_carry_is_refused_without_being_quoted(token):
    with pytest.raises(BadCall) as refused:
        TokenAccess(SecretStr(token))
    assert "ghp_" not in str(refused.value.faults)
