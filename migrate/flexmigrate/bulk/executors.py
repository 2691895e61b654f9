"""Who does the work, behind the interface of `concurrent.futures.Executor`: this process, or processes of its own.

The standard ProcessPoolExecutor gives up as a whole when one worker dies. Here a dying worker is the failure of the
batch it was working on; a fresh one takes its place.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from multiprocessing.connection import Connection
from typing import Any

_PRELOADED = ["flexmigrate.bulk.work", "flexmigrate.bulk.applying_one"]


class WorkerDied(Exception):
    """The process that worked on a batch ended before it was done; the message says how."""


class InProcess(Executor):
    """Works at once in the calling thread, so that a debugger sees everything."""

    width = 1

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Processes(Executor):
    """Some worker processes, each with a thread here that hands it one batch after the other."""

    def __init__(self, count: int) -> None:
        self.width = count
        self._waiting: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        methods = multiprocessing.get_all_start_methods()
        # A server forks workers that have the engine in memory already, so replacing a dead one costs little.
        self._context: Any = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        if "forkserver" in methods:
            self._context.set_forkserver_preload(_PRELOADED)
        self._stopping = False
        self._alive: set[Any] = set()
        self._guard = threading.Lock()
        self._threads = [
            threading.Thread(target=self._serve, name=f"flexmigrate-worker-{number}", daemon=True)
            for number in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self._stopping:
            raise RuntimeError("the executor was shut down")
        future: Future[Any] = Future()
        self._waiting.put(_Item(future, (function, args, kwargs)))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._stopping = True
        if cancel_futures:
            while not self._waiting.empty():
                item = self._waiting.get()
                if item is not None:
                    item.future.cancel()
            with self._guard:
                for process in self._alive:
                    process.kill()
        for _ in self._threads:
            self._waiting.put(None)
        if wait:
            for thread in self._threads:
                thread.join()

    def _serve(self) -> None:
        worker: _Worker | None = None
        while (item := self._waiting.get()) is not None:
            if not item.future.set_running_or_notify_cancel():
                continue
            try:
                if worker is None or not worker.process.is_alive():
                    worker = self._start()
                answer, error = worker.ask(item.call)
            except BaseException as failure:
                answer, error = None, failure
                if worker is not None:
                    with self._guard:
                        self._alive.discard(worker.process)
                    worker.end()
                    worker = None
            if error is None:
                item.future.set_result(answer)
            else:
                item.future.set_exception(error)
        if worker is not None:
            worker.end()

    def _start(self) -> _Worker:
        worker = _Worker(self._context)
        with self._guard:
            self._alive.add(worker.process)
        return worker


class _Item:
    def __init__(self, future: Future[Any], call: tuple[Any, ...]) -> None:
        self.future = future
        self.call = call


class _Worker:
    def __init__(self, context: Any) -> None:
        self.here, there = context.Pipe()
        self.process = context.Process(target=_work, args=(there,), daemon=True)
        self.process.start()
        there.close()

    def ask(self, call: tuple[Any, ...]) -> tuple[Any, BaseException | None]:
        try:
            self.here.send(call)
            answer: tuple[Any, BaseException | None] = self.here.recv()
        except (EOFError, OSError):
            self.process.join(5)
            raise WorkerDied(_cause(self.process.exitcode)) from None
        return answer

    def end(self) -> None:
        self.here.close()
        self.process.join(0.5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _work(pipe: Connection) -> None:
    """A worker's life: it ends when nobody is left at the other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            function, args, kwargs = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer: tuple[Any, BaseException | None] = (function(*args, **kwargs), None)
        except Exception as error:
            answer = (None, error)
        try:
            pipe.send(answer)
        except OSError:
            return


def _cause(exit_code: int | None) -> str:
    if exit_code is None:
        return "it answers no more"
    if exit_code < 0:
        try:
            return f"ended by {signal.Signals(-exit_code).name}"
        except ValueError:
            return f"ended by signal {-exit_code}"
    return f"it exited with {exit_code}"


def make_executor(jobs: int | None, dask: str | None) -> Executor:
    """The executor that a person asked for: a Dask cluster, this process, or as many processes as there are cores."""
    if dask is not None:
        from flexmigrate.bulk.cluster import Cluster

        return Cluster(dask)
    count = jobs or _cores()
    return InProcess() if count == 1 else Processes(count)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
