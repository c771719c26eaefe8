"""Loaded once by the server that printing processes are forked from, so that each starts warm.

What is missing here (Pango, fonts) is told when a process is to print, not while the server starts.
"""

from contextlib import suppress
from importlib import import_module

from shared.errors import AppError
from shared.reports import fonts

with suppress(OSError, AppError):
    import_module("weasyprint")
    fonts.covered()
