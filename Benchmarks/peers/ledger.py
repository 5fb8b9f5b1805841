"""Where jobs of any process write down that they ran: a mapped file with one eight-byte cell for each job.

A job stores the monotonic clock's nanoseconds in its cell, nothing else. Ours does the same (Sources/BenchKit/Ledger.swift),
so that every system's job does the same work, and the numbers are read in one place: here.
"""

import mmap
import os
import struct
import time

_cell = struct.Struct("<Q")


class Ledger:
    def __init__(self, path, count=None):
        if count is not None:
            with open(path, "wb") as file:
                file.truncate(count * 8)
        self._file = open(path, "r+b")
        self._map = mmap.mmap(self._file.fileno(), 0)
        self.count = len(self._map) // 8

    def note(self, number):
        _cell.pack_into(self._map, number * 8, time.monotonic_ns())

    def __getitem__(self, number):
        return _cell.unpack_from(self._map, number * 8)[0]

    def times(self, start=0, stop=None):
        """When the jobs of a range ran; those that have not are left out."""
        raw = self._map[start * 8 : (self.count if stop is None else stop) * 8]
        return [time for (time,) in _cell.iter_unpack(raw) if time]

    def wait(self, start, stop, limit):
        """Waits until all jobs of a range have run, or so many seconds have passed. Answers their times."""
        end = time.monotonic() + limit
        while True:
            times = self.times(start, stop)
            if len(times) == stop - start or time.monotonic() > end:
                return times
            time.sleep(0.01)


_shared = None


def note(number):
    """What every job does."""
    global _shared
    if _shared is None:
        _shared = Ledger(os.environ["BENCH_LEDGER"])
    _shared.note(number)
