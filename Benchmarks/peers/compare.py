"""The same work for Nightjar and for what people would pick instead, in turn: A B C, A B C …

    enqueue1, enqueue64   one by one, from one caller and from 64
    bulk                  in one call, where there is one
    drain1, 10, 100       a backlog of jobs with three fields and nothing to do, so many in flight
    run                   enqueue while a worker runs, until the last job has run
    pickup                from the call to the job's first line, one job every 10 ms, in another process (in this one for memory)
    idle                  processor time and memory of a worker with nothing to do
    recovery              from kill -9 of a worker to its job running again in another, waited for up to a limit
    pages                 what a background task costs a page of Starlette, and what its pages notice of ten

Numbers are read from the ledger that all jobs write to. A system that is not there is named and left out. Numbers of
different durability are never put side by side.
"""

import argparse
import contextlib
import importlib.metadata
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import pages
import servers
from ledger import Ledger

HERE = os.path.dirname(os.path.abspath(__file__))


class System:
    """One system: how its driver is called and what it says about itself."""

    def __init__(self, name, title, durability, local, count, flights, command, server=None, packages=(), extra=()):
        self.name, self.title, self.durability, self.local = name, title, durability, local
        self.count, self.flights, self.command, self.server = count, flights, command, server
        self.packages, self.extra = packages, extra
        self.has_bulk = True
        self.absent = None

    @property
    def is_ours(self):
        return self.name.startswith("nightjar")


PEERS = [
    "asok_local", "nuvom_memory", "nuvom_sqlite", "huey_sqlite", "huey_sqlite_nosync", "django_tasks", "asok_redis",
    "rq_jobs", "dramatiq_jobs", "celery_jobs", "arq_jobs", "procrastinate_jobs",
]  # fmt: skip


def ours(bench):
    drive = [bench, "drive"]
    return [
        System("nightjar_memory", "Nightjar, memory", "this process", True, 50000, [1, 10, 100], drive),
        System("nightjar_sqlite", "Nightjar, SQLite", "WAL, synchronous=NORMAL", False, 20000, [1, 10, 100], drive,
               extra=["--file", "jobs.sqlite"]),
        System("nightjar_sqlite_full", "Nightjar, SQLite, DATABASE_SYNC=full", "disk, fsync per commit", False, 10000,
               [1, 10, 100], drive, extra=["--file", "jobs.sqlite", "--full"]),
    ]  # fmt: skip


def python(name):
    """The interpreter that has a driver's packages: arq's live apart, since it wants an older client for Redis."""
    apart = os.path.join(os.path.dirname(HERE), ".build", "peers-" + name.split("_")[0], "bin", "python")
    return apart if os.path.exists(apart) else sys.executable


def peer(name):
    """A peer, by asking its driver in a process of its own, so that one that cannot be imported harms nobody."""
    source = (
        "import importlib, json; d = importlib.import_module('drivers.%s');"
        "print(json.dumps([d.TITLE, d.DURABILITY, d.LOCAL, d.COUNT, d.FLIGHTS, getattr(d, 'SERVER', None), d.PACKAGES,"
        "hasattr(d, 'enqueue_bulk')]))" % name
    )
    with tempfile.TemporaryDirectory() as folder:
        asked = subprocess.run(
            [python(name), "-c", source], capture_output=True, text=True, cwd=folder, env={**os.environ, "PYTHONPATH": HERE})
    command = [python(name), os.path.join(HERE, "driver.py"), name]
    if asked.returncode != 0:
        system = System(name, name, "?", False, 0, [], command)
        system.absent = (asked.stderr.strip().splitlines() or ["its driver failed"])[-1]
        return system
    title, durability, local, count, flights, server, packages, has_bulk = json.loads(asked.stdout)
    system = System(name, title, durability, local, count, flights, command, server, packages)
    system.has_bulk = has_bulk
    if server and (program := servers.missing(server)):
        system.absent = f"{program} is not installed"
    return system


class Failed(Exception):
    pass


class Turn:
    """One system's turn at one piece of work: a fresh folder, ledger and server."""

    def __init__(self, system, folder, environment, slots):
        self.system, self.folder = system, folder
        self.path = os.path.join(folder, "ledger")
        self.ledger = Ledger(self.path, slots)
        self.environment = {**os.environ, **environment, "BENCH_LEDGER": self.path, "PYTHONPATH": HERE}

    def call(self, *arguments, limit=120):
        done = subprocess.run(
            [*self.system.command, *arguments, *self.system.extra], cwd=self.folder, env=self.environment,
            capture_output=True, text=True, timeout=limit)
        if done.returncode != 0:
            raise Failed((done.stderr.strip().splitlines() or ["?"])[-1][:200])
        lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
        return json.loads(lines[-1]) if lines else {}

    @contextlib.contextmanager
    def worker(self, concurrency=10):
        """A worker, with all its children, for as long as the body runs."""
        process = subprocess.Popen(
            [*self.system.command, "worker", "--concurrency", str(concurrency), *self.system.extra], cwd=self.folder,
            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            yield process
        finally:
            kill_all(process)


def kill_all(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def group_usage(leader):
    """Processor seconds and resident megabytes of a process and its children; those not waited for included."""
    seconds, memory = 0.0, 0.0
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError, ValueError):
            with open(f"/proc/{entry}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            if int(fields[2]) != leader:
                continue
            seconds += sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")
            memory += int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return seconds, memory


@contextlib.contextmanager
def turn(system, slots):
    folder = tempfile.mkdtemp(prefix="nightjar-peers-", dir=os.environ.get("BENCH_DIR"))
    try:
        starting = {"redis": servers.redis, "postgres": servers.postgres}.get(system.server)
        with starting(folder) if starting else contextlib.nullcontext({}) as environment:
            made = Turn(system, folder, environment, slots)
            if not system.is_ours:
                made.call("setup")
            yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# Work. Each answers a dictionary of numbers.


def enqueue(system, *, callers=1, bulk=False):
    count = system.count
    with turn(system, count) as made:
        answer = made.call("enqueue", "--count", str(count), "--callers", str(callers), *(["--bulk"] if bulk else []))
        return {"rate": count / answer["seconds"], "cpu": answer["cpu"] / count * 1000}


def drain(system, flight):
    """From the first job's run to the last one's; the worker's start is not counted."""
    count = system.count if flight > 1 else max(100, system.count // 4)
    with turn(system, count) as made:
        bulk = ["--bulk"] if system.has_bulk else []
        made.call("enqueue", "--count", str(count), *bulk)
        with made.worker(flight) as worker:
            end = time.monotonic() + 60
            while not made.ledger.times() and time.monotonic() < end:
                time.sleep(0.002)
            used, _ = group_usage(worker.pid)
            early = len(made.ledger.times())
            times = sorted(made.ledger.wait(0, count, 60))
            after, memory = group_usage(worker.pid)
        if len(times) < 2 or len(times) < count * 0.95:
            raise Failed(f"{len(times)} of {count} jobs ran within a minute")
        return {
            "rate": (len(times) - 1) / ((times[-1] - times[0]) / 1e9),
            "cpu": (after - used) / max(1, len(times) - early) * 1000,
            "memory": memory,
        }


def run(system):
    """Enqueue while a worker runs, until the last job has run."""
    count = system.count
    with turn(system, count + 1) as made:
        if system.local:
            answer = made.call("local", "--count", str(count))
            return {"rate": count / answer["seconds"], "cpu": answer["cpu"] / count * 1000}
        with made.worker():
            warm(made, count)
            start = time.monotonic_ns()
            answer = made.call("enqueue", "--count", str(count))
            times = made.ledger.wait(0, count, 60)
        if len(times) < count * 0.95:
            raise Failed(f"{len(times)} of {count} jobs ran within a minute")
        # The enqueuing program's start is its own; from its first call on it counts.
        begin = min(time.monotonic_ns() - int(answer["seconds"] * 1e9), min(times))
        return {"rate": len(times) / ((max(times) - max(begin, start)) / 1e9)}


def warm(made, number):
    """Has one job run, so that the worker is known to be there."""
    made.call("enqueue", "--count", "1", "--from", str(number))
    if not made.ledger.wait(number, number + 1, 60):
        raise Failed("the worker ran nothing within a minute")


def pickup(system, count):
    rest = ["--count", str(count), "--every", "10"]
    with turn(system, count + 1) as made:
        if system.local:
            answer = made.call("local", *rest)
        else:
            with made.worker():
                warm(made, count)
                answer = made.call("enqueue", *rest)
                made.ledger.wait(0, count, 30)
        waits = sorted((made.ledger[n] - sent) / 1e6 for n, sent in enumerate(answer["sent"]) if made.ledger[n])
        return {"p50": waits[len(waits) // 2], "p99": waits[int(len(waits) * 0.99) - 1]}


def idle(system, length):
    with turn(system, 1) as made, made.worker() as worker:
        warm(made, 0)
        time.sleep(2)
        before, _ = group_usage(worker.pid)
        time.sleep(length)
        after, memory = group_usage(worker.pid)
        return {"cpu": (after - before) / length * 100, "memory": memory}


def recovery(system, limit):
    with turn(system, 1) as made:
        with made.worker() as victim:
            made.call("enqueue", "--endless")
            if not made.ledger.wait(0, 1, 60):
                raise Failed("the job did not start")
            first = made.ledger[0]
            with made.worker():
                time.sleep(2.5)
                killed = time.monotonic_ns()
                kill_all(victim)
                end = time.monotonic() + limit
                while made.ledger[0] == first:
                    if time.monotonic() > end:
                        return {"seconds": float("inf")}
                    time.sleep(0.005)
                return {"seconds": (made.ledger[0] - killed) / 1e9}


# The comparison.


def works(quick):
    """Name, title, unit, whether more is better, for which systems, how."""
    return [
        ("enqueue1", "enqueue, one caller", "jobs/s", lambda s: not s.local, lambda s: enqueue(s)),
        ("enqueue64", "enqueue, 64 callers", "jobs/s", lambda s: not s.local, lambda s: enqueue(s, callers=64)),
        ("bulk", "enqueue in bulk", "jobs/s", lambda s: not s.local and s.has_bulk, lambda s: enqueue(s, bulk=True)),
        ("drain1", "drain, 1 in flight", "jobs/s", lambda s: not s.local and 1 in s.flights, lambda s: drain(s, 1)),
        ("drain10", "drain, 10 in flight", "jobs/s", lambda s: not s.local, lambda s: drain(s, 10)),
        ("drain100", "drain, 100 in flight", "jobs/s", lambda s: not s.local and 100 in s.flights, lambda s: drain(s, 100)),
        ("run", "enqueue and run at once", "jobs/s", lambda s: True, run),
        ("pickup", "pick-up, p50", "ms", lambda s: True, lambda s: pickup(s, 50 if quick else 200)),
        ("idle", "idle worker", "% of a core", lambda s: not s.local, lambda s: idle(s, 3 if quick else 10)),
        ("recovery", "kill -9 to running again", "s", lambda s: not s.local, lambda s: recovery(s, 5 if quick else 20)),
    ]  # fmt: skip


ONCE = {"idle", "recovery"}
VALUE = {"pickup": "p50", "idle": "cpu", "recovery": "seconds"}


def readable(value):
    if value == float("inf"):
        return "not within the limit"
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 0.1 else 4
    return f"{value:,.{digits}f}".replace(",", " ")


# How busy the machine was while a work was measured: the average number of runnable threads, ours included.
LOADS = {}


def compare(systems, rounds, quick, only):
    """Everybody's turn at everything. Answers {work: {system: [numbers of each round]}}."""
    found = {}
    for name, title, unit, applies, work in works(quick):
        if only and name not in only:
            continue
        print(f"\n{title}", flush=True)
        results = found.setdefault(name, {})
        for _ in range(1 if name in ONCE else rounds):
            for system in systems:
                if system.absent or not applies(system):
                    continue
                LOADS.setdefault(name, []).append(os.getloadavg()[0])
                try:
                    results.setdefault(system.name, []).append(work(system))
                except (Failed, subprocess.TimeoutExpired, KeyError) as problem:
                    results.setdefault(system.name, [])
                    print(f"  {system.title}: failed: {problem}", flush=True)
        show(results, systems, VALUE.get(name, "rate"), unit)
    return found


def show(results, systems, key, unit):
    groups = {}
    for system in systems:
        if results.get(system.name):
            groups.setdefault(system.durability, []).append(system)
    for durability, members in groups.items():
        print(f"  [{durability}]")
        for system in members:
            turns = results[system.name]
            value, spread = middle(turns, key)
            line = f"    {system.title:<40}{readable(value):>14} {unit:<12}"
            if len(turns) > 1:
                line += f" ±{spread * 100:.0f} %"
            for other, title in (("p99", "p99 {} ms"), ("cpu", "{} s CPU/1000"), ("memory", "{} MB")):
                if other in turns[0] and other != key:
                    line += "  " + title.format(readable(middle(turns, other)[0]))
            print(line, flush=True)


def middle(turns, key):
    values = [numbers[key] for numbers in turns if key in numbers]
    median = statistics.median(values)
    spread = (max(values) - min(values)) / 2 / median if median and median != float("inf") else 0
    return median, spread


def metrics(found, systems, quick):
    """What goes into the JSON."""
    titles = {system.name: system for system in systems}
    out = {}
    for name, title, unit, _, _ in works(quick):
        key = VALUE.get(name, "rate")
        results = {name: turns for name, turns in found.get(name, {}).items() if turns}
        compared = {system.durability for system in systems if system.is_ours}
        for own in (system for system in systems if system.is_ours and system.name in results):
            value, spread = middle(results[own.name], key)
            peers = {
                titles[other].title: {
                    number: finite(middle(turns, number)[0]) for number in turns[0]
                } | {"spread": middle(turns, key)[1]}
                for other, turns in results.items()
                if not titles[other].is_ours and (titles[other].durability == own.durability or titles[other].server)
            }
            for other, numbers in peers.items():
                numbers["durability"] = next(s.durability for s in systems if s.title == other)
            out[f"peers.{own.name}.{name}"] = {
                "title": f"{title}: {own.title}", "value": value, "unit": unit, "spread": spread,
                "durability": own.durability, "peers": peers, "load": statistics.median(LOADS[name]),
                "cost": {n: middle(results[own.name], n)[0] for n in ("cpu", "memory") if n in results[own.name][0]},
            }  # fmt: skip
        # What none of ours can be put beside stands alone.
        for other, turns in results.items():
            system = titles[other]
            if not system.is_ours and not system.server and system.durability not in compared:
                out[f"peers.{other}.{name}"] = {
                    "title": f"{title}: {system.title}", "value": finite(middle(turns, key)[0]), "unit": unit,
                    "spread": middle(turns, key)[1], "durability": system.durability, "peers": {},
                    "load": statistics.median(LOADS[name]),
                }  # fmt: skip
    ratio(out, "memory.ratioToBestPeer", "end to end in memory, times the best peer", found, "run", systems,
          [("nightjar_memory", "this process")])  # fmt: skip
    ratio(out, "sqlite.drainRatioToBestPeer", "drain, times the best SQLite peer of the same durability",
          found, "drain10", systems,
          [("nightjar_sqlite", "WAL, synchronous=NORMAL"), ("nightjar_sqlite_full", "disk, fsync per commit")])  # fmt: skip
    return out


def ratio(out, name, title, found, work, systems, pairs):
    """How many times the best peer we are: the smallest of the ratios, round by round, over the durabilities."""
    results, smallest = found.get(work, {}), None
    for own, durability in pairs:
        rivals = [s for s in systems if not s.is_ours and s.durability == durability and results.get(s.name)]
        if not rivals or not results.get(own):
            continue
        best = max(rivals, key=lambda s: middle(results[s.name], "rate")[0])
        ratios = [a["rate"] / b["rate"] for a, b in zip(results[own], results[best.name])]
        value = statistics.median(ratios)
        if smallest is None or value < smallest["value"]:
            smallest = {
                "title": f"{title} ({best.title})", "value": value, "unit": "×", "goal": 10, "met": value >= 10,
                "spread": (max(ratios) - min(ratios)) / 2 / value, "durability": durability,
                "peers": {s.title: middle(results[s.name], "rate")[0] for s in rivals},
                "load": statistics.median(LOADS[work]),
            }  # fmt: skip
    if smallest:
        out[name] = smallest
        print(f"\n{smallest['title']}: {readable(smallest['value'])} × {'✓' if smallest['met'] else '✗'} ≥ 10")


def finite(value):
    return None if value == float("inf") else value


def versions(systems):
    found = {"python": sys.version.split()[0]}
    for system in systems:
        for package in system.packages:
            # Asked of the interpreter that runs it: not all live in one place.
            asked = subprocess.run(
                [system.command[0], "-c", "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))",
                 package], capture_output=True, text=True)  # fmt: skip
            if asked.returncode == 0:
                found[package] = asked.stdout.strip()
    for package in ("starlette", "uvicorn", "uvloop"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    if not servers.missing("redis"):
        found["redis-server"] = servers.redis_version()
    if not servers.missing("postgres"):
        found["postgresql"] = servers.postgres_version()
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one round, shorter looks")
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--only", help="work by name, separated by commas")
    parser.add_argument("--systems", help="systems by name, separated by commas")
    parser.add_argument("--bin", required=True, help="where our own programs are, as scripts/bench has built them")
    options = parser.parse_args()
    options.bin = os.path.abspath(options.bin)
    systems = ours(os.path.join(options.bin, "bench")) + [peer(name) for name in PEERS]
    if options.systems:
        systems = [system for system in systems if system.name in options.systems.split(",")]
    for system in systems:
        if system.absent:
            print(f"absent: {system.title}: {system.absent}")
    print("absent: swift-jobs, vapor/queues: they are not among the packages this machine can resolve")
    found = compare(systems, 1 if options.quick else 3, options.quick, options.only and options.only.split(","))
    document = {"versions": versions(systems), "metrics": metrics(found, systems, options.quick)}
    document["absent"] = {system.title: system.absent for system in systems if system.absent}
    document["absent"]["swift-jobs, vapor/queues"] = "not among the packages this machine can resolve"
    if not options.systems and (not options.only or "pages" in options.only.split(",")):
        try:
            seen = pages.measure(os.path.join(options.bin, "bench-http"), options.quick)
            pages.show(seen)
            own, document["peersOf"] = pages.metrics(seen)
            document["metrics"].update(own)
        except (RuntimeError, OSError, subprocess.TimeoutExpired) as problem:
            print(f"  {pages.TITLE}: failed: {problem}", flush=True)
            document["absent"][pages.TITLE] = str(problem)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(document, file, indent=2, sort_keys=True, ensure_ascii=False)


if __name__ == "__main__":
    main()
