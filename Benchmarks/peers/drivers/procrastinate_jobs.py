"""procrastinate on PostgreSQL (fsync on, synchronous_commit on), woken by LISTEN/NOTIFY."""

import asyncio
import contextlib
import os

from procrastinate import App, PsycopgConnector

from ledger import note

TITLE = "procrastinate, PostgreSQL"
DURABILITY = "PostgreSQL, fsync"
LOCAL = False
SERVER = "postgres"
COUNT = 1000
FLIGHTS = [1, 10, 100]
PACKAGES = ["procrastinate", "psycopg"]

app = App(connector=PsycopgConnector(conninfo=os.environ.get("BENCH_POSTGRES", "")))


@app.task(name="noted")
async def job(number, email, amount):
    note(number)


@app.task(name="endless")
async def endless(number):
    note(number)
    await asyncio.sleep(600)


def setup():
    async def apply():
        async with app.open_async():
            await app.schema_manager.apply_schema_async()

    asyncio.run(apply())


@contextlib.asynccontextmanager
async def around():
    async with app.open_async():
        yield


async def enqueue(number, email, amount):
    await job.defer_async(number=number, email=email, amount=amount)


async def enqueue_endless(number):
    await endless.defer_async(number=number)


async def enqueue_bulk(jobs):
    await job.batch_defer_async(*[dict(zip(("number", "email", "amount"), fields)) for fields in jobs])


def work(concurrency):
    async def run():
        async with app.open_async():
            await app.run_worker_async(concurrency=concurrency)

    asyncio.run(run())
