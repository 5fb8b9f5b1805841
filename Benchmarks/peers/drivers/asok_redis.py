"""asok's Redis backend."""

import os
import time

TITLE = "asok, Redis"
DURABILITY = "Redis, AOF everysec"
LOCAL = False
SERVER = "redis"
COUNT = 1000
FLIGHTS = [1, 10, 100]
PACKAGES = ["asok", "redis"]

os.environ.update(ASOK_QUEUE_BACKEND="redis", SECRET_KEY="bench")

from asok.background import background  # noqa: E402

from ledger import note  # noqa: E402


def job(number, email, amount):
    note(number)


def endless(number):
    note(number)
    time.sleep(600)


def enqueue(number, email, amount):
    return background(job, number, email, amount)


def enqueue_endless(number):
    background(endless, number)


def work(concurrency):
    import contextlib

    os.environ["ASOK_WORKER_CONCURRENCY"] = str(concurrency)
    from asok.cli.worker import run_worker

    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        run_worker("run")
