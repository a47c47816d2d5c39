"""Units made by several processes at once, in the order in which they are done."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType

from tocsin import folders
from tocsin.make import Maker, Order
from tocsin.unit_text import packed
from tocsin.units import Packed, Wanted

# Files that are handed out at once: few enough that no worker is left alone with many at the end.
_CHUNK = 16
# A worker costs as much as some files: below this many for each it gains nothing.
WORTH_A_WORKER = 25

Task = list[tuple[int, Wanted]]
Done = tuple[int, Packed]


class Crashed(Exception):
    """A worker has ended, or failed, in the middle of its work."""


def workers_for(files: int, asked: int | None) -> int:
    """Say how many processes make FILES units: those that are asked for, or those that pay."""
    if asked is not None:
        return max(1, min(asked, files))
    return max(1, min(_cores(), files // WORTH_A_WORKER))


def _cores() -> int:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))  # in a container fewer than the machine has
    return os.cpu_count() or 1


class Crew:
    """JOBS processes, or this one alone. Each writes the queries that it makes into FOLDER."""

    def __init__(self, order: Order, jobs: int, folder: Path | None) -> None:
        self._order = order
        self._jobs = jobs
        self._folder = folder
        self._workers: list[tuple[BaseProcess, Connection]] = []

    def _start(self) -> None:
        forks = _forks()
        get = multiprocessing.get_context
        context = get("fork") if forks else get("spawn")
        ours, theirs = context.Pipe()
        others = [each for _, each in self._workers]
        worker = context.Process(
            target=_work,
            args=(theirs, self._order, self._folder, [ours, *others] if forks else []),
            daemon=True,
        )
        worker.start()
        theirs.close()
        self._workers.append((worker, ours))

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker, connection in self._workers:
            connection.close()
            worker.terminate()
        for worker, _ in self._workers:
            worker.join()

    def make(self, wanted: Sequence[Wanted]) -> Iterator[Done]:
        """Make the units of WANTED, each with its place in there, as they are done."""
        maker = Maker(self._order)
        alone = 1 if self._jobs > 1 else len(wanted)
        numbered = list(enumerate(wanted))
        for number, each in numbered[:alone]:
            yield _made(maker, number, each, self._folder)
        if numbered[alone:]:
            # What the first one took to be loaded is there in every copy of this process.
            gc.freeze()
            with _undisturbed():
                for _ in range(min(self._jobs, len(wanted) - alone)):
                    self._start()
            yield from self._shared(numbered[alone:])

    def _shared(self, numbered: Task) -> Iterator[Done]:
        size = max(1, min(_CHUNK, len(numbered) // (2 * len(self._workers))))
        tasks = [numbered[at : at + size] for at in range(0, len(numbered), size)][::-1]
        busy: dict[Connection, Task] = {}
        for _, connection in self._workers:
            _give(connection, tasks, busy)
        while busy:
            ready = wait(list(busy))
            for connection in [each for each in busy if each in ready]:
                done = self._received(connection, busy.pop(connection))
                _give(connection, tasks, busy)
                yield from done

    def _received(self, connection: Connection, task: Task) -> list[Done]:
        try:
            answer: list[Done] | OSError | str = connection.recv()
        except (EOFError, OSError):
            first, last = task[0][1].path, task[-1][1].path
            worker = next(each for each, one in self._workers if one is connection)
            worker.join()
            raise Crashed(
                f"a worker has ended ({_ending(worker.exitcode)}) over {first}"
                + (f" or one of the {len(task) - 1} up to {last}" if len(task) > 1 else "")
            ) from None
        if isinstance(answer, OSError):
            raise answer
        if isinstance(answer, str):
            raise Crashed(f"a worker has failed\n{answer}")
        return answer


def _give(connection: Connection, tasks: list[Task], busy: dict[Connection, Task]) -> None:
    """Hand out the next task; a worker that is gone is noticed when its answer is waited for."""
    if tasks:
        busy[connection] = tasks.pop()
        with suppress(OSError):
            connection.send(busy[connection])


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold interrupts back: one that meets a worker half begun would leave a traceback."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _ending(code: int | None) -> str:
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _forks() -> bool:
    """Whether a worker may begin as a copy of this process, with all that it has read.

    Only where the system means it to be done, and no other thread may be in the middle of a thing.
    """
    return sys.platform == "linux" and threading.active_count() == 1


def _work(
    connection: Connection, order: Order, folder: Path | None, others: Sequence[Connection]
) -> None:
    """Do what is handed out until nobody is there who could hand out more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever has started this ends it
    for each in others:  # else a worker would keep another one waiting
        each.close()
    maker = Maker(order)
    with suppress(EOFError, OSError):
        while True:
            task: Task = connection.recv()
            connection.send(_answer(maker, task, folder))


def _answer(maker: Maker, task: Task, folder: Path | None) -> list[Done] | OSError | str:
    done: list[Done] = []
    try:
        for number, wanted in task:
            done.append(_made(maker, number, wanted, folder))
    except OSError as error:
        return error
    except Exception:  # whatever it is, it is told where it can be seen
        return traceback.format_exc()
    return done


def _made(maker: Maker, number: int, wanted: Wanted, folder: Path | None) -> Done:
    unit, bulk = maker.make(wanted)
    if folder:
        for name, text in bulk.texts.items():
            folders.write(folder, name, text.encode("utf-8"))
    return number, packed(unit, bulk)
