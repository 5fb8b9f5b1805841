"""What a background task costs a page of Starlette, and what its pages notice of ten that burn the processor or block.

The visitor is the same program that visits our pages (`bench-http load`), on the same two cores. Answers numbers for
the JSON: the peers of our own.
"""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
import urllib.request

import servers

HERE = os.path.dirname(os.path.abspath(__file__))
TITLE = "Starlette + uvicorn"


@contextlib.contextmanager
def served():
    port = servers.free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "starlette_app:app", "--port", str(port), "--workers", "2", "--no-access-log",
         "--log-level", "error", "--app-dir", os.path.join(HERE, "web")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)  # fmt: skip
    try:
        if not servers.reachable(port, 20):
            raise RuntimeError("uvicorn did not start")
        time.sleep(1)
        yield port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, 9)
        server.wait()


def visit(load, port, path, seconds):
    """Requests a second, and the 99th percentile of the time to an answer in microseconds."""
    done = subprocess.run(
        [load, "load", "--port", str(port), "--path", path, "--seconds", str(seconds)], capture_output=True, text=True,
        timeout=60)  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip()[:200])
    rate, _, p99 = map(float, done.stdout.split())
    return rate, p99


def start_ten(port, path, seconds):
    def ask():
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}?seconds={seconds}", timeout=30).read()

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    time.sleep(0.3)
    return threads


def measure(load, quick):
    """{"plain": …, "async": …, "sync": …, "cpuKept": …}: medians over the rounds, kept in per cent of the plain page."""
    rounds, seconds = (1, 1.5) if quick else (3, 3)
    rates = {"plain": [], "async": [], "sync": []}
    kept = {"async": [], "sync": [], "burn": [], "block": []}
    slower = {"burn": [], "block": []}
    with served() as port:
        for _ in range(rounds):
            plain, usual = visit(load, port, "/", seconds)
            rates["plain"].append(plain)
            for name in ("async", "sync"):
                rate, _ = visit(load, port, f"/{name}", seconds)
                rates[name].append(rate)
                kept[name].append(rate / plain * 100)
            for name in ("burn", "block"):
                length = seconds * 1.5 + 1.5
                threads = start_ten(port, f"/{name}", length)
                started = time.monotonic()
                rate, p99 = visit(load, port, "/", seconds)
                kept[name].append(rate / plain * 100)
                slower[name].append(p99 / usual)
                time.sleep(max(0, length - (time.monotonic() - started)) + 0.5)
                for thread in threads:
                    thread.join()
    return {
        "rates": {name: statistics.median(values) for name, values in rates.items()},
        "kept": {name: statistics.median(values) for name, values in kept.items()},
        "p99": {name: statistics.median(values) for name, values in slower.items()},
    }


def metrics(found):
    """What it says, as metrics of its own and as the peers of ours."""
    load = os.getloadavg()[0]
    own = {
        f"peers.starlette.{name}RequestsPerSecond": {
            "title": f"{TITLE}: {title}", "value": found["rates"][name], "unit": "1/s", "durability": "this process",
            "peers": {}, "load": load,
        }
        for name, title in (
            ("plain", "a plain page"), ("async", "one BackgroundTask each, a coroutine"),
            ("sync", "one BackgroundTask each, a function"),
        )
    }  # fmt: skip
    peers = {
        "http.memoryJobThroughputKept": {
            f"{TITLE}, coroutine": found["kept"]["async"], f"{TITLE}, function": found["kept"]["sync"],
        },
        "isolation.cpuThroughputKept": {TITLE: found["kept"]["burn"]},
        "isolation.cpuP99Ratio": {TITLE: found["p99"]["burn"]},
        "isolation.blockingThroughputKept": {TITLE: found["kept"]["block"]},
    }  # fmt: skip
    return own, peers


def show(found):
    print(f"\n{TITLE}, two processes, 32 connections")
    for name, title in (("plain", "no task"), ("async", "one BackgroundTask, a coroutine"), ("sync", "… a function")):
        kept = f"  {found['kept'][name]:.0f} % of no task" if name in found["kept"] else ""
        print(f"    {title:<40}{found['rates'][name]:>10.0f} 1/s{kept}")
    for name, title in (("burn", "beside ten that burn the processor"), ("block", "beside ten that block")):
        print(f"    {title:<40}{found['kept'][name]:>10.0f} % kept, p99 {found['p99'][name]:.1f} times")
