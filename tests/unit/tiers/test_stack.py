"""The copy of a stack that is started: its own ports, names and labels; the file is never touched."""

import copy

import pytest

from crossproof.errors import BadCall
from crossproof.tiers.manifest import Health, Infra, Network
from crossproof.tiers.stack import Forward, ImageHealth, prepare, seconds

LABELS = {"dev.crossproof.session": "s"}
MODEL = {
    "name": "app",
    "services": {
        "db": {
            "image": "postgres:15",
            "container_name": "db",
            "networks": {"default": None},
            "ports": [{"target": 5432, "published": "15433", "protocol": "tcp", "host_ip": "127.0.0.1"}],
            "healthcheck": {"test": ["CMD", "pg_isready"], "interval": "10s", "retries": 5},
            "volumes": [{"type": "bind", "source": "/host/initdb", "target": "/docker-entrypoint-initdb.d"}],
        },
        "api": {
            "build": {"context": "/host/api"},
            "depends_on": {"setup": {"condition": "service_completed_successfully"}},
        },
        "setup": {"image": "busybox"},
    },
    "networks": {"default": {"name": "app_default"}, "shared": {"name": "shared", "external": True}},
    "volumes": {"data": {"name": "everybodys"}},
}


def made(model=MODEL, image_health=None, host="", **infra):
    return prepare(model, Infra(compose=["c.yml"], **infra), "cptiers1-unit", LABELS, image_health or {}, host=host)


def published(**port):
    model = copy.deepcopy(MODEL)
    model["services"]["db"]["ports"] = [{"target": 5432, "published": "15433", "protocol": "tcp", **port}]
    return model


def test_the_copy_is_alone_in_its_engine_and_the_original_is_as_it_was():
    before = copy.deepcopy(MODEL)
    stack = made()
    assert before == MODEL
    db = stack.model["services"]["db"]
    assert "ports" not in db
    assert "container_name" not in db
    assert db["labels"] == LABELS
    assert db["volumes"] == MODEL["services"]["db"]["volumes"]
    assert stack.model["volumes"]["data"] == {"name": "cptiers1-unit_data", "labels": LABELS}
    assert stack.model["networks"]["default"] == {"name": "cptiers1-unit_default", "labels": LABELS}
    assert stack.model["networks"]["shared"] == {"name": "shared", "external": True}
    assert stack.forwards == [Forward(port=15433, service="db", target=5432)]
    assert stack.networks == ["cptiers1-unit_default"]


def test_on_the_host_everything_keeps_its_name_and_port():
    stack = made(network=Network.HOST)
    db = stack.model["services"]["db"]
    assert (db["container_name"], db["ports"]) == ("db", MODEL["services"]["db"]["ports"])
    assert stack.model["volumes"]["data"]["name"] == "everybodys"


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (published(protocol="udp"), "db publishes a udp port, and only TCP can be forwarded"),
        (published(published="3000-3005"), "db publishes a range of ports"),
        (published(published=""), "db publishes a port without a fixed number"),
        ({"name": "x", "services": {"db": {"network_mode": "host"}}}, "db uses the host's network"),
    ],
)
def test_what_cannot_be_forwarded_falls_back_to_the_host_and_says_why(model, why):
    stack = made(model)
    assert (stack.network, stack.because) == (Network.HOST, why)


def test_a_reason_from_outside_goes_before_what_the_manifest_asks():
    assert made(host="it is a laptop", network=Network.ISOLATED).network is Network.HOST
    assert made(host="it is a laptop", network=Network.NONE).network is Network.NONE


@pytest.mark.parametrize(
    ("check", "image", "becomes"),
    [
        ({"test": ["CMD", "x"], "interval": "10s", "retries": 5}, None, ("500ms", 100)),
        ({"test": ["CMD", "x"]}, None, ("500ms", 180)),
        ({"test": ["CMD", "x"], "interval": "1m30s", "retries": 2}, None, ("500ms", 360)),
        ({"test": ["CMD", "x"], "interval": "500ms", "retries": 9}, None, ("500ms", 9)),
        ({"disable": True}, ImageHealth(), (None, None)),
        ({"test": ["NONE"], "interval": "9s"}, None, ("9s", None)),
        (None, ImageHealth(interval=20, retries=2), ("500ms", 80)),
        (None, None, (None, None)),
    ],
)
def test_health_is_asked_every_second_over_the_same_total_time(check, image, becomes):
    model = copy.deepcopy(MODEL)
    model["services"]["db"].pop("healthcheck")
    if check:
        model["services"]["db"]["healthcheck"] = check
    after = made(model, {"db": image} if image else {}).model["services"]["db"].get("healthcheck") or {}
    assert (after.get("interval"), after.get("retries")) == becomes


def test_acceleration_can_be_left_out():
    db = made(health=Health(accelerate=False)).model["services"]["db"]
    assert db["healthcheck"] == MODEL["services"]["db"]["healthcheck"]


def test_what_is_waited_for_is_what_the_file_describes():
    db, api, setup = made().services
    assert (db.health, db.ports, setup.one_shot, api.health) == (True, (5432,), True, False)
    assert made(image_health={"setup": ImageHealth()}).services[2].health


def test_attached_tests_are_told_where_services_are():
    assert made(network=Network.ATTACH).variables["DB_HOST"] == "db"
    assert made(network=Network.ATTACH).variables["DB_PORT"] == "5432"


def test_two_services_on_one_port_are_refused():
    model = copy.deepcopy(MODEL)
    model["services"]["other"] = copy.deepcopy(model["services"]["db"])
    with pytest.raises(BadCall) as refused:
        made(model)
    assert refused.value.faults[0].what == "port 15433 is published by both db and other"


def test_a_stack_without_services_is_refused():
    with pytest.raises(BadCall):
        made({"name": "x", "services": {}})


@pytest.mark.parametrize(("text", "meant"), [("1m30s", 90), ("500ms", 0.5), ("1h", 3600), ("1.5s", 1.5)])
def test_spans_are_read_as_go_writes_them(text, meant):
    assert seconds(text) == meant


@pytest.mark.parametrize("text", ["", "5", "5 s", "s5", "1x"])
def test_what_is_no_span_is_refused(text):
    with pytest.raises(ValueError, match="no span"):
        seconds(text)
