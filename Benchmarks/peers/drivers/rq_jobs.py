"""rq with SimpleWorker (no fork for each job), as many processes as jobs in flight."""

import os
import sys
import time

from redis import Redis
from rq import Queue

from ledger import note

TITLE = "rq"
DURABILITY = "Redis, AOF everysec"
LOCAL = False
SERVER = "redis"
COUNT = 1000
FLIGHTS = [1, 10]
PACKAGES = ["rq", "redis"]

queue = Queue(connection=Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost")))


def job(number, email, amount):
    note(number)


def endless(number):
    note(number)
    time.sleep(600)


def enqueue(number, email, amount):
    return queue.enqueue(job, number, email, amount)


def enqueue_endless(number):
    queue.enqueue(endless, number)


def enqueue_bulk(jobs):
    queue.enqueue_many([Queue.prepare_data(job, fields) for fields in jobs])


def work(concurrency):
    rq = os.path.join(os.path.dirname(sys.executable), "rq")
    worker = ["--worker-class", "rq.SimpleWorker", "--quiet", "--url", os.environ["REDIS_URL"], "default"]
    if concurrency == 1:
        os.execv(rq, [rq, "worker", *worker])
    os.execv(rq, [rq, "worker-pool", "--num-workers", str(concurrency), *worker])
