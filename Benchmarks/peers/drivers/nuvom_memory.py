"""nuvom's memory backend, its dispatcher and worker threads in this process; logging off, batches as large as the pool."""

import os

TITLE = "nuvom, memory"
DURABILITY = "this process"
LOCAL = True
COUNT = 2000
FLIGHTS = [1, 10, 100]
PACKAGES = ["nuvom"]

os.environ.update(
    NUVOM_QUEUE_BACKEND="memory", NUVOM_RESULT_BACKEND="memory", NUVOM_LOG_LEVEL="ERROR", NUVOM_BATCH_SIZE="10"
)


def _task():
    from nuvom.task import task

    from ledger import note

    @task(name="noted")
    def job(number, email, amount):
        note(number)

    return job


job = None
_ledger_numbers = []


def start_local(concurrency):
    global job
    os.environ["NUVOM_MAX_WORKERS"] = str(concurrency)
    from nuvom.worker import DispatcherThread, WorkerThread

    job = _task()
    workers = [WorkerThread(number, job_timeout=60) for number in range(concurrency)]
    for worker in workers:
        worker.start()
    DispatcherThread(workers, batch_size=10, job_timeout=60).start()


def enqueue(number, email, amount):
    _ledger_numbers.append(number)
    return job.delay(number, email, amount)


def finish_local(jobs):
    from ledger import Ledger

    ledger = Ledger(os.environ["BENCH_LEDGER"])
    ledger.wait(_ledger_numbers[0], _ledger_numbers[-1] + 1, 60)


def stop_local():
    os._exit(0)
