"""Who does the tasks of a build: this process, a few processes of this machine, or a Dask cluster."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

import pyarrow as pa

from claims.errors import BadSetting

Plan = TypeVar("Plan")
Task = TypeVar("Task")


class Workers(Protocol):
    """Runs a function on every task; the tasks of one call do not depend on each other."""

    def __call__(self, function: Callable[[Plan, Task], None], plan: Plan, tasks: Sequence[Task]) -> Iterator[None]:
        """Begin, where others than this process do the tasks; yield once for each that is done.

        The first error ends it.
        """
        ...


@contextmanager
def here() -> Iterator[Workers]:
    """This process."""

    def run(function: Callable[[Plan, Task], None], plan: Plan, tasks: Sequence[Task]) -> Iterator[None]:
        for task in tasks:
            function(plan, task)
            yield

    yield run


@contextmanager
def processes(count: int) -> Iterator[Workers]:
    """`count` processes of this machine; started afresh, since a copy of this one would share its connections."""
    with ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_keep_memory) as pool:

        def run(function: Callable[[Plan, Task], None], plan: Plan, tasks: Sequence[Task]) -> Iterator[None]:
            futures = [pool.submit(function, plan, task) for task in tasks]
            return (future.result() for future in as_completed(futures))

        try:
            yield run
        finally:
            pool.shutdown(cancel_futures=True)  # after an error nobody wants what is left


def _keep_memory() -> None:
    """Let this process use again what it let go of, arrays and Arrow's buffers from one heap.

    Else each long column goes back to the system when it is done with, and the next one's pages are made anew: a fifth
    of the time of a part on a busy machine. Another C library than GNU's goes on as it does.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_MMAP_MAX, 0)
        mallopt(_TRIM_THRESHOLD, _LARGEST)


_TRIM_THRESHOLD, _MMAP_MAX, _LARGEST = -1, -4, (1 << 31) - 1
"""Of `malloc.h`: from how many free bytes on the heap's end is given back, and how many pieces lie outside the heap."""


@contextmanager
def cluster(address: str) -> Iterator[Workers]:
    """A Dask cluster.

    Args:
        address: of its scheduler, such as `tcp://host:8786`; or `local:2` for two processes of this machine.

    Raises:
        BadSetting: Dask is not installed, the address makes no sense, or nobody answers there.
    """
    distributed = _distributed()
    with dask_client(address) as client:

        def run(function: Callable[[Plan, Task], None], plan: Plan, tasks: Sequence[Task]) -> Iterator[None]:
            shared = client.scatter(plan, broadcast=True, hash=False)
            futures = [client.submit(function, shared, task, pure=False) for task in tasks]
            return (future.result() for future in distributed.as_completed(futures))

        yield run


@contextmanager
def dask_client(address: str) -> Iterator[Any]:
    """A client of a Dask cluster, for what Dask does by itself. Address and errors are those of `cluster`."""
    distributed = _distributed()
    kind, _, rest = address.partition(":")
    if kind == "local":
        if not rest.isdecimal() or not int(rest):
            raise BadSetting(f"{address!r} names no cluster. Expected such as local:2, or the address of a scheduler.")
        with (
            distributed.LocalCluster(int(rest), threads_per_worker=1, dashboard_address=None) as made,
            distributed.Client(made) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise BadSetting(
            f"No Dask scheduler answers at {address}. Expected its address, such as tcp://host:8786, or local:2. "
            "Start it with `dask scheduler`, or correct --cluster."
        ) from error
    with client:
        yield client


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise BadSetting(
            "Dask is not installed. Expected the extra `cluster`. Run `pip install yicha[cluster]`, or leave --cluster "
            "out."
        ) from error
    return distributed
