"""arq on Redis; coroutines."""

import asyncio
import contextlib
import os

from arq import create_pool, run_worker
from arq.connections import RedisSettings

from ledger import note

TITLE = "arq"
DURABILITY = "Redis, AOF everysec"
LOCAL = False
SERVER = "redis"
COUNT = 1000
FLIGHTS = [10, 100]  # With one it runs two a second: it looks for the next every half second.
PACKAGES = ["arq", "redis"]

settings = RedisSettings.from_dsn(os.environ.get("REDIS_URL", "redis://localhost"))


async def job(context, number, email, amount):
    note(number)


async def endless(context, number):
    note(number)
    await asyncio.sleep(600)


@contextlib.asynccontextmanager
async def around():
    global pool
    pool = await create_pool(settings)
    yield
    await pool.aclose()


async def enqueue(number, email, amount):
    await pool.enqueue_job("job", number, email, amount)


async def enqueue_endless(number):
    await pool.enqueue_job("endless", number)


def work(concurrency):
    class WorkerSettings:
        functions = [job, endless]
        redis_settings = settings
        max_jobs = concurrency

    asyncio.set_event_loop(asyncio.new_event_loop())
    run_worker(WorkerSettings)
