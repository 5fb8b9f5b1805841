"""asok's default: a pool of ten threads in the process."""

from asok.background import background

from ledger import note

TITLE = "asok, local"
DURABILITY = "this process"
LOCAL = True
COUNT = 10000
FLIGHTS = [10]  # The pool's size is fixed.
PACKAGES = ["asok"]


def job(number, email, amount):
    note(number)


def start_local(concurrency):
    pass


def enqueue(number, email, amount):
    return background(job, number, email, amount)


def finish_local(futures):
    for future in futures:
        future.result()
