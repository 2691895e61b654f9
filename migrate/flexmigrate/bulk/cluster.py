"""A Dask cluster behind the interface of `concurrent.futures.Executor` (`pip install flexmigrate[dask]`).

The workers need flexmigrate with the same rule packs, and see the repositories under the same paths (or fetch URLs).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

from flexmigrate.bulk import work
from flexmigrate.errors import ExitCode, UserError

_PATIENCE_SECONDS = 15


class Cluster(Executor):
    """The workers of a Dask scheduler. A batch whose worker dies is given to another one by the scheduler."""

    def __init__(self, address: str) -> None:
        try:
            from distributed import Client  # type: ignore[import-not-found,unused-ignore]
        except ImportError:
            raise UserError("Dask is not installed", "pip install 'flexmigrate[dask]'", ExitCode.USAGE) from None
        try:
            self._client: Any = Client(address, timeout=_PATIENCE_SECONDS, set_as_default=False)
            self._client.wait_for_workers(1, timeout=_PATIENCE_SECONDS)
        except (OSError, TimeoutError, ValueError) as error:
            raise UserError(
                f"there is no Dask scheduler with workers at {address}: {error}", "start one: dask scheduler"
            ) from error
        self._require_same_tool()
        # One that joins later is as good, so there is always a little more than those of now can do.
        self.width = 2 * sum(self._client.nthreads().values())

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        ours: Future[Any] = Future()
        ours.set_running_or_notify_cancel()
        # Not pure: the same repository planned again is another plan.
        theirs = self._client.submit(function, *args, pure=False, retries=0, **kwargs)
        theirs.add_done_callback(lambda done: _hand_over(done, ours))
        return ours

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._client.close(timeout=5)

    def _require_same_tool(self) -> None:
        here = work.made_by()
        for worker, there in self._client.run(work.made_by).items():
            if there != here:
                raise UserError(
                    f"the worker {worker} has another flexmigrate or other rules ({there}, here {here})",
                    "install the same on all workers",
                )


def _hand_over(done: Any, ours: Future[Any]) -> None:
    """What became of a task of the cluster, told the way of the standard library."""
    try:
        answer = done.result()
    except BaseException as error:
        ours.set_exception(error if isinstance(error, Exception) else RuntimeError(type(error).__name__))
    else:
        ours.set_result(answer)
    finally:
        # The answer is here; the cluster need not keep it.
        done.release()
