"""celery on Redis: no result backend, messages prefetched, threads (`solo` for one in flight)."""

import os
import sys
import time

from celery import Celery

from ledger import note

TITLE = "celery"
DURABILITY = "Redis, AOF everysec"
LOCAL = False
SERVER = "redis"
COUNT = 1000
FLIGHTS = [1, 10, 100]
PACKAGES = ["celery", "redis"]

app = Celery("bench", broker=os.environ.get("REDIS_URL", "redis://localhost"))
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=16)


@app.task(name="noted")
def job(number, email, amount):
    note(number)


# For its recovery to have a chance: delivered again once the worker that has it is given up.
@app.task(name="endless", acks_late=True, reject_on_worker_lost=True)
def endless(number):
    note(number)
    time.sleep(600)


def enqueue(number, email, amount):
    return job.delay(number, email, amount)


def enqueue_endless(number):
    endless.delay(number)


def work(concurrency):
    program = os.path.join(os.path.dirname(sys.executable), "celery")
    pool = ["--pool", "solo"] if concurrency == 1 else ["--pool", "threads", "--concurrency", str(concurrency)]
    flags = ["--loglevel", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    os.execv(program, [program, "-A", __name__, "worker", *flags, *pool])
