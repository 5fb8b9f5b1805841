"""huey on SQLite with fsync=False, which is synchronous=OFF: what is accepted may be lost, and the file damaged, by a power cut."""

import os

os.environ["BENCH_HUEY_FSYNC"] = "0"

from drivers.huey_sqlite import *  # noqa: E402,F401,F403

TITLE = "huey, SQLite, no fsync"
DURABILITY = "file, synchronous=OFF"
