"""Reports printed side by side, one process per core.

Printing is seconds of nothing but Python: threads would only slow each other down. The processes are forked
from a server that has WeasyPrint loaded, print one report after the other, and are replaced after some,
because layout leaves memory behind. A process that takes too long is killed and one that dies is replaced:
the report it was at fails with a code, the others go on.
"""

import asyncio
import os
from typing import Final, Self

from shared.errors import Unavailable
from shared.reports.case_form import CaseForm
from shared.reports.figures import DealerMonth
from shared.reports.printer import CONTEXT, Job, Printer
from shared.web.locale import Locale

REPORTS_PER_PROCESS: Final = 40
TIMEOUT_S: Final = 120.0
START_TIMEOUT_S: Final = 60.0


class ReportPool:
    """Printing processes; an async context manager.

    `size` processes (one per core unless told), started when first needed and each replaced after
    `reports_per_process` reports. `timeout_s` bounds the printing of one report, not the wait for a process.
    """

    def __init__(
        self,
        size: int | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        reports_per_process: int = REPORTS_PER_PROCESS,
    ) -> None:
        self._size = size or os.cpu_count() or 1
        self._timeout_s = timeout_s
        self._reports_per_process = reports_per_process
        self._slots: asyncio.Queue[Printer | None] = asyncio.Queue()
        self.printers: set[Printer] = set()
        self._open = False

    async def __aenter__(self) -> Self:
        CONTEXT.set_forkserver_preload(["shared.reports.render", "shared.reports.preload"])
        for _ in range(self._size):
            self._slots.put_nowait(None)
        self._open = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self._open = False
        for printer in tuple(self.printers):
            self._discard(printer)

    async def render(self, figures: DealerMonth, locale: Locale) -> bytes:
        """The report as PDF, made as `render.render_pdf` does.

        Raises its `AppError`s, `AppError` with code `report_failed` (param `error`) for a defect, and
        `Unavailable` with code `report_timeout` (param `seconds`), `report_crashed` or `report_pool_closed`.
        The pool stays usable after each.
        """
        return await self._print(Job(figures, locale))

    async def render_form(self, form: CaseForm, locale: Locale) -> bytes:
        """A form of a case as PDF; raises like `render`."""
        return await self._print(Job(None, locale, form))

    async def _print(self, job: Job) -> bytes:
        printer = await self._slots.get()
        is_reusable = False
        try:
            if printer is not None and not printer.is_alive():
                self._discard(printer)
                printer = None
            if printer is None:
                printer = await self._start()
            pdf = await printer.print(job, self._timeout_s)
            is_reusable = printer.jobs < self._reports_per_process
        finally:
            if printer is not None and not is_reusable:
                self._discard(printer)
            self._slots.put_nowait(printer if is_reusable else None)
        return pdf

    async def _start(self) -> Printer:
        if not self._open:
            raise Unavailable("report_pool_closed")
        printer = await asyncio.to_thread(Printer)
        self.printers.add(printer)
        try:
            await printer.ready(START_TIMEOUT_S)
        except BaseException:
            self._discard(printer)
            raise
        return printer

    def _discard(self, printer: Printer) -> None:
        self.printers.discard(printer)
        printer.kill()
