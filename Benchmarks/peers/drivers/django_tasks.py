"""django-background-tasks on SQLite (WAL, synchronous=NORMAL, as Django documents it), asynchronous threads."""

import time

TITLE = "django-background-tasks, SQLite"
DURABILITY = "WAL, synchronous=NORMAL"
LOCAL = False
# Its worker reads all waiting tasks to take one, so a larger backlog would only make it slower.
COUNT = 200
FLIGHTS = [1, 10]
PACKAGES = ["django-background-tasks", "Django"]

_job = None


def _start(threads=1):
    global _job, _endless
    if _job is not None:
        return
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "background_task"],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": "django.sqlite3",
                "OPTIONS": {
                    "timeout": 20,
                    "transaction_mode": "IMMEDIATE",
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
                },
            }
        },
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        BACKGROUND_TASK_RUN_ASYNC=threads > 1,
        BACKGROUND_TASK_ASYNC_THREADS=threads,
    )
    django.setup()
    from background_task import background

    from ledger import note

    @background(name="noted")
    def job(number, email, amount):
        note(number)

    @background(name="endless")
    def endless(number):
        note(number)
        time.sleep(600)

    _job, _endless = job, endless


def setup():
    _start()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def warm():
    _start()


def enqueue(number, email, amount):
    _job(number, email, amount)


def enqueue_endless(number):
    _start()
    _endless(number)


def work(concurrency):
    _start(concurrency)
    from background_task import utils
    from django.core.management import call_command

    # Its worker rests up to 0.1 s between any two tasks, which would be all that is measured: here it does not rest.
    utils.TTW_FAST[:] = [0.0, 0.0]
    call_command("process_tasks", sleep=0.1)
