"""dramatiq on Redis: two processes (one for each core) that share the threads."""

import os
import sys
import time

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from ledger import note

TITLE = "dramatiq"
DURABILITY = "Redis, AOF everysec"
LOCAL = False
SERVER = "redis"
COUNT = 2000
FLIGHTS = [1, 10, 100]
PACKAGES = ["dramatiq", "redis"]

dramatiq.set_broker(RedisBroker(url=os.environ.get("REDIS_URL", "redis://localhost")))


@dramatiq.actor
def job(number, email, amount):
    note(number)


@dramatiq.actor
def endless(number):
    note(number)
    time.sleep(600)


def enqueue(number, email, amount):
    return job.send(number, email, amount)


def enqueue_endless(number):
    endless.send(number)


def work(concurrency):
    program = os.path.join(os.path.dirname(sys.executable), "dramatiq")
    processes = 1 if concurrency == 1 else 2
    os.execv(
        program,
        [program, __name__, "--processes", str(processes), "--threads", str(concurrency // processes)],
    )
