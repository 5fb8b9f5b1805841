"""A Redis and a PostgreSQL of our own, in a scratch folder, for as long as a comparison takes."""

import contextlib
import glob
import os
import pwd
import shutil
import socket
import subprocess
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def reachable(port, limit=10):
    end = time.monotonic() + limit
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.05)
    return False


@contextlib.contextmanager
def redis(folder):
    """Gives the environment that leads to a Redis with an append-only file, synced every second."""
    port, home = free_port(), os.path.join(folder, "redis")
    os.makedirs(home)
    server = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", home, "--save", "", "--appendonly", "yes",
         "--appendfsync", "everysec"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        if not reachable(port):
            raise RuntimeError("redis-server did not start")
        yield {"REDIS_URL": f"redis://127.0.0.1:{port}/0"}
    finally:
        server.terminate()
        server.wait()


def redis_version():
    return subprocess.run(["redis-server", "--version"], capture_output=True, text=True).stdout.split("v=")[-1].split()[0]


def _postgres_programs():
    """Where PostgreSQL's own programs are, which Debian keeps off the path."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres")) or [shutil.which("postgres")]
    return os.path.dirname(os.path.realpath(found[-1])) if found[-1] else None


def missing(server):
    """What has to be installed for a server, if it is not there."""
    if server == "redis" and not shutil.which("redis-server"):
        return "redis-server"
    if server == "postgres" and not _postgres_programs():
        return "postgresql"
    return None


@contextlib.contextmanager
def postgres(folder):
    """Gives the environment that leads to a PostgreSQL with its defaults: fsync on, synchronous_commit on."""
    programs, port, home = _postgres_programs(), free_port(), os.path.join(folder, "postgres")
    os.makedirs(home)
    # It refuses to run as root.
    user = None
    if os.getuid() == 0:
        user = "postgres"
        entry = pwd.getpwnam(user)
        for path in (home,):
            os.chown(path, entry.pw_uid, entry.pw_gid)
        os.chmod(folder, 0o755)

    def run(program, *arguments):
        subprocess.run(
            [os.path.join(programs, program), *arguments], check=True, user=user, cwd=home, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)

    run("initdb", "--pgdata", home + "/data", "--auth", "trust", "--username", "bench")
    run("pg_ctl", "--pgdata", home + "/data", "--wait", "--log", home + "/log", "--options",
        f"-p {port} -h 127.0.0.1 -k {home}", "start")
    try:
        yield {"BENCH_POSTGRES": f"postgresql://bench@127.0.0.1:{port}/postgres"}
    finally:
        run("pg_ctl", "--pgdata", home + "/data", "--mode", "immediate", "stop")


def postgres_version():
    program = os.path.join(_postgres_programs(), "postgres")
    return subprocess.run([program, "--version"], capture_output=True, text=True).stdout.split()[2]
