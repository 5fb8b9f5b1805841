"""huey on SQLite (WAL), one fsync per commit; thread workers."""

import os
import time

from huey import SqliteHuey

from ledger import note

TITLE = "huey, SQLite, fsync"
DURABILITY = "disk, fsync per commit"
LOCAL = False
COUNT = 2000
FLIGHTS = [1, 10, 100]
PACKAGES = ["huey"]
FSYNC = os.environ.get("BENCH_HUEY_FSYNC", "1") == "1"

huey = SqliteHuey(filename="huey.db", fsync=FSYNC)


@huey.task()
def job(number, email, amount):
    note(number)


@huey.task()
def endless(number):
    note(number)
    time.sleep(600)


def enqueue(number, email, amount):
    return job(number, email, amount)


def enqueue_endless(number):
    endless(number)


def work(concurrency):
    huey.create_consumer(workers=concurrency, worker_type="thread", periodic=False).run()
