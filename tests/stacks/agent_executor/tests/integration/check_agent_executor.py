"""What the service promises, on a real database, a real cache and a real queue; all on localhost, as on a laptop."""

import asyncio
import os

import nats
import psycopg
import pytest
import redis
from agent_executor import answered


@pytest.fixture
def database():
    host, port = os.environ["POSTGRES_HOST"], os.environ["POSTGRES_PORT"]
    with psycopg.connect(host=host, port=port, user="app", dbname="postgres") as connection:
        yield connection


@pytest.fixture
def cache():
    return redis.Redis(host=os.environ["DRAGONFLY_HOST"], port=int(os.environ["DRAGONFLY_PORT"]))


def test_every_migration_was_applied(database):
    columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'executions' ORDER BY 1"
    assert [name for (name,) in database.execute(columns)] == ["answer", "done_at", "id"]


def test_an_event_is_answered_once(database, cache):
    assert [answered("e1", "what", cache, database), answered("e1", "why", cache, database)] == ["tahw", "tahw"]
    assert cache.get("event:e1") == b"seen"


def test_a_cloudevent_goes_through_the_stream_to_the_database(database, cache):
    async def processed():
        client = await nats.connect(os.environ["NATS_URL"])
        stream = client.jetstream()
        await stream.add_stream(name="AGENTS", subjects=["agents.*"])
        await stream.publish("agents.e2", b"hello")
        reader = await stream.pull_subscribe("agents.*", durable="executor")
        (message,) = await reader.fetch(1, timeout=5)
        answer = answered(message.subject.rpartition(".")[2], message.data.decode(), cache, database)
        await message.ack_sync()
        left = (await stream.consumer_info("AGENTS", "executor")).num_ack_pending
        await client.close()
        return answer, left

    assert asyncio.run(processed()) == ("olleh", 0)
