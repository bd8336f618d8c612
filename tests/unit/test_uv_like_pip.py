import runpy
from pathlib import Path

# By path: an installed distribution is called "requirements" too.
as_uv_reads = runpy.run_path(str(Path(__file__).parents[2] / "requirements/uv_like_pip.py"))["as_uv_reads"]


def test_uv_is_given_the_index_that_pip_would_ask():
    config = [":env:.index-url='https://mirror.example/a'", "global.index-url='https://mirror.example/b'"]
    assert as_uv_reads(reversed(config), {}) == {"UV_DEFAULT_INDEX": "https://mirror.example/a"}


def test_what_is_set_for_uv_itself_stays():
    assert as_uv_reads(["global.index-url='https://mirror.example/b'"], {"UV_DEFAULT_INDEX": "mine"}) == {}


def test_a_folder_of_wheels_that_is_not_there_is_passed_over_as_pip_does(tmp_path):
    config = [f"global.find-links='{tmp_path / 'gone'}\\n{tmp_path}'"]
    assert as_uv_reads(config, {}) == {"UV_FIND_LINKS": str(tmp_path)}
    assert as_uv_reads([f"global.find-links='{tmp_path / 'gone'}'"], {}) == {}


def test_settings_that_uv_does_not_have_are_left_out():
    assert as_uv_reads(["global.no-color='1'", "install.cert='/etc/bundle.crt'"], {}) == {
        "SSL_CERT_FILE": "/etc/bundle.crt"
    }
