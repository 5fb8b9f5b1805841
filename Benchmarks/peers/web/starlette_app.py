"""Starlette's pages with work after the answer: run by uvicorn, one process for each core, uvloop and httptools.

    /        a plain page                                /burn    ten of these burn the processor
    /async   one BackgroundTask, a coroutine, per page   /block   ten of these block their thread
    /sync    one BackgroundTask, a function, per page
"""

import time

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.responses import PlainTextResponse
from starlette.routing import Route


async def nothing(number, email, amount):
    pass


def nothing_blocking(number, email, amount):
    pass


def burn(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))


FIELDS = (7, "visitor-7@example.com", 0.07)


def page(work=None, *arguments):
    return PlainTextResponse("Hello", background=BackgroundTask(work, *arguments) if work else None)


async def plain(request):
    return page()


async def with_coroutine(request):
    return page(nothing, *FIELDS)


async def with_function(request):
    return page(nothing_blocking, *FIELDS)


async def burning(request):
    return page(burn, float(request.query_params["seconds"]))


async def blocking(request):
    return page(time.sleep, float(request.query_params["seconds"]))


app = Starlette(
    routes=[
        Route("/", plain),
        Route("/async", with_coroutine),
        Route("/sync", with_function),
        Route("/burn", burning),
        Route("/block", blocking),
    ]
)
