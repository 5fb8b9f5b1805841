"""nuvom's SQLite backend (WAL, SQLite's default synchronous=FULL); logging off, batches of ten."""

import os

TITLE = "nuvom, SQLite"
DURABILITY = "disk, fsync per commit"
LOCAL = False
COUNT = 1000
FLIGHTS = [1, 10, 100]
PACKAGES = ["nuvom"]

os.environ.update(
    NUVOM_QUEUE_BACKEND="sqlite", NUVOM_RESULT_BACKEND="sqlite", NUVOM_LOG_LEVEL="ERROR", NUVOM_BATCH_SIZE="10",
    NUVOM_JOB_TIMEOUT_SECS="600"
)


def _tasks():
    import time

    from nuvom.task import task

    from ledger import note

    @task(name="noted")
    def job(number, email, amount):
        note(number)

    @task(name="endless")
    def endless(number):
        note(number)
        time.sleep(600)

    return job, endless


_made = None


def tasks():
    global _made
    if _made is None:
        _made = _tasks()
    return _made


def warm():
    tasks()


def enqueue(number, email, amount):
    return tasks()[0].delay(number, email, amount)


def enqueue_endless(number):
    tasks()[1].delay(number)


def enqueue_bulk(jobs):
    tasks()[0].map(jobs)


def work(concurrency):
    os.environ["NUVOM_MAX_WORKERS"] = str(concurrency)
    from nuvom.worker import start_worker_pool

    tasks()
    start_worker_pool()
