"""Runs a driver: python driver.py NAME COMMAND …

What every driver can do is here, so that a driver only says how its system enqueues and how its worker is started.

    enqueue   accepts jobs and prints {"seconds": …, "cpu": …, "sent": […]}
    worker    runs jobs until SIGTERM
    local     both in one process, for systems that live in memory

A driver is a module in `drivers` with `enqueue(number, email, amount)`, sync or async, and `work(concurrency)`; if it has
them, `setup()` is called before anything, `warm()` before the clock starts, `enqueue_bulk(jobs)` for bulk,
`enqueue_endless(number)` for a job that begins and does not end; `start_local`, `finish_local` and `stop_local` for systems
in memory; `around()` around async calls. Each system has the settings its documentation gives for speed; the head of its
driver names them.
"""

import argparse
import asyncio
import importlib
import inspect
import json
import resource
import threading
import time


def fields(number):
    """The three fields of every job."""
    return number, f"visitor-{number}@example.com", number / 100


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("driver")
    parser.add_argument("command", choices=["setup", "enqueue", "worker", "local"])
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--callers", type=int, default=1)
    parser.add_argument("--every", type=float, help="milliseconds to rest before each job")
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--bulk", action="store_true")
    parser.add_argument("--endless", action="store_true")
    parser.add_argument("--concurrency", type=int, default=10)
    options = parser.parse_args()
    driver = importlib.import_module(f"drivers.{options.driver}")
    if options.command == "setup":
        if hasattr(driver, "setup"):
            driver.setup()
        return
    if options.command == "worker":
        driver.work(options.concurrency)
        return
    if options.command == "local":
        driver.start_local(options.concurrency)
    answer = asyncio.run(_enqueue_async(driver, options)) if inspect.iscoroutinefunction(driver.enqueue) else _enqueue(
        driver, options
    )
    print(json.dumps(answer), flush=True)
    if options.command == "local" and hasattr(driver, "stop_local"):
        driver.stop_local()


def _enqueue(driver, options):
    numbers = range(options.first, options.first + options.count)
    if options.endless:
        driver.enqueue_endless(options.first)
        return {}
    # The first call of a client makes its connections.
    if hasattr(driver, "warm"):
        driver.warm()
    results, sent = [], []
    jobs = [fields(number) for number in numbers]
    start, used = time.monotonic_ns(), cpu()
    if options.bulk:
        driver.enqueue_bulk(jobs)
    elif options.every is not None:
        for job in jobs:
            time.sleep(options.every / 1000)
            sent.append(time.monotonic_ns())
            results.append(driver.enqueue(*job))
    elif options.callers > 1:

        def call(caller):
            for job in jobs[caller :: options.callers]:
                driver.enqueue(*job)

        threads = [threading.Thread(target=call, args=(caller,)) for caller in range(options.callers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    else:
        for job in jobs:
            results.append(driver.enqueue(*job))
    if options.command == "local":
        driver.finish_local(results)
    return {"seconds": (time.monotonic_ns() - start) / 1e9, "cpu": cpu() - used, "sent": sent}


async def _enqueue_async(driver, options):
    numbers = range(options.first, options.first + options.count)
    async with driver.around():
        if options.endless:
            await driver.enqueue_endless(options.first)
            return {}
        sent = []
        jobs = [fields(number) for number in numbers]
        start, used = time.monotonic_ns(), cpu()
        if options.bulk:
            await driver.enqueue_bulk(jobs)
        elif options.every is not None:
            for job in jobs:
                await asyncio.sleep(options.every / 1000)
                sent.append(time.monotonic_ns())
                await driver.enqueue(*job)
        else:

            async def call(caller):
                for job in jobs[caller :: options.callers]:
                    await driver.enqueue(*job)

            await asyncio.gather(*[call(caller) for caller in range(options.callers)])
        return {"seconds": (time.monotonic_ns() - start) / 1e9, "cpu": cpu() - used, "sent": sent}


if __name__ == "__main__":
    main()
