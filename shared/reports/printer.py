"""One printing process: its loop, and the handle its owner holds."""

import asyncio
import logging
import os
import shutil
import signal
import tempfile
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import msgspec

from shared.errors import AppError, Param, Unavailable
from shared.reports.case_form import CaseForm
from shared.reports.figures import DealerMonth
from shared.web.locale import Locale

CONTEXT: Final = get_context("forkserver")
_DONE: Final = b"+"
_FAILED: Final = b"-"
_log = logging.getLogger(__name__)


class Job(msgspec.Struct, frozen=True, array_like=True):
    """What a process is asked to print: a report, or a form of a case."""

    figures: DealerMonth | None
    locale: Locale
    form: CaseForm | None = None


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """Why there is no PDF: code and parameters of an `AppError`."""

    code: str
    params: dict[str, Param]


class Printer:
    """The handle of one process. Making one takes a moment: do it in a thread."""

    def __init__(self) -> None:
        self.jobs = 0
        self._folder = Path(tempfile.mkdtemp(prefix="huiyin-report-"))
        self._pipe, other_end = CONTEXT.Pipe()
        self._process = CONTEXT.Process(
            target=serve, args=(other_end, str(self._folder)), name="huiyin-report", daemon=True
        )
        self._process.start()
        other_end.close()

    @property
    def process_id(self) -> int | None:
        """The process's number in the system."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.is_alive()

    async def ready(self, timeout_s: float) -> None:
        """Wait until the process can print; raises what keeps it from printing, or like `print`."""
        await self._answer(timeout_s)

    async def print(self, job: Job, timeout_s: float) -> bytes:
        """The PDF; raises `render_pdf`'s errors, or `Unavailable` (`report_timeout`, `report_crashed`)."""
        self.jobs += 1
        with suppress(OSError):
            await asyncio.to_thread(self._pipe.send_bytes, msgspec.msgpack.encode(job))
        return await self._answer(timeout_s)

    def kill(self) -> None:
        """End the process, whatever it is doing, and remove its temporary files."""
        self._process.kill()
        self._process.join()
        self._pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def _answer(self, timeout_s: float) -> bytes:
        try:
            async with asyncio.timeout(timeout_s):
                await self._readable()
                answer = await asyncio.to_thread(self._pipe.recv_bytes)
        except TimeoutError:
            raise Unavailable("report_timeout", {"seconds": int(timeout_s)}) from None
        except (EOFError, OSError):
            raise Unavailable("report_crashed") from None
        if answer.startswith(_FAILED):
            failure = msgspec.msgpack.decode(answer[1:], type=Failure)
            raise AppError(failure.code, failure.params)
        return answer[1:]

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        has_data = asyncio.Event()
        loop.add_reader(self._pipe.fileno(), has_data.set)
        try:
            await has_data.wait()
        finally:
            loop.remove_reader(self._pipe.fileno())
            # uvloop leaves it non-blocking: an answer longer than its buffer would end in an error.
            os.set_blocking(self._pipe.fileno(), True)


def serve(pipe: "Connection[Any, Any]", folder: str) -> None:
    """The process: tells that it is ready, then answers one job after the other until its owner goes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = folder
    try:
        _serve(pipe)
    except (EOFError, OSError):
        return
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(pipe: "Connection[Any, Any]") -> None:
    from shared.reports import case_form_print, render, weasy

    def warm_up() -> bytes:
        weasy.warm_up()
        return b""

    def print_next() -> bytes:
        job = msgspec.msgpack.decode(pipe.recv_bytes(), type=Job)
        if job.form is not None:
            return case_form_print.render_pdf(job.form, job.locale)
        if job.figures is None:
            raise AppError("report_failed", {"error": "empty job"})
        return render.render_pdf(job.figures, job.locale)

    pipe.send_bytes(_outcome(warm_up))
    while True:
        pipe.send_bytes(_outcome(print_next))


def _outcome(work: Callable[[], bytes]) -> bytes:
    try:
        return _DONE + work()
    except AppError as error:
        return _FAILED + msgspec.msgpack.encode(Failure(error.code, error.params))
    except EOFError:
        raise
    except Exception as error:  # noqa: BLE001 - a defect must not end the process: other reports wait for it
        # Only the kind and the place: the message may hold words of a customer.
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "unknown"
        _log.error("printing a report failed: %s at %s", type(error).__name__, where)
        return _FAILED + msgspec.msgpack.encode(Failure("report_failed", {"error": type(error).__name__}))
