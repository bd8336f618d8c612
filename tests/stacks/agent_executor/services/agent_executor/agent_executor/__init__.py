"""Answers each event of a stream once: the cache knows which were answered, the database keeps the answers."""

import psycopg
import redis


def answered(event: str, question: str, cache: redis.Redis, database: psycopg.Connection) -> str:
    """Answer an event; the second time from what is kept."""
    if cache.set(f"event:{event}", "seen", nx=True):
        database.execute("INSERT INTO executions (id, answer) VALUES (%s, %s)", (event, question[::-1]))
        database.commit()
    row = database.execute("SELECT answer FROM executions WHERE id = %s", (event,)).fetchone()
    return row[0]
