"""`huiyin import`: complaints from a CSV file or an Excel workbook."""

import asyncio
import os
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Self, TextIO

import click
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from services.cli.console import ERR, OUT, database, explain, fail, oem_and_actor
from shared.errors import AppError
from shared.imports.mapping import Mapping, read_mapping
from shared.imports.outcomes import RowOutcome, Status, Summary
from shared.imports.result_file import ENCODING, STATUSES, ResultFile, explained
from shared.imports.service import Import, SourceFile, prepare
from shared.imports.workbook import opened
from shared.settings import SettingsError
from shared.web.labels import label
from shared.web.locale import Locale, Translator, negotiate, translator

_SOME_REJECTED: Final = 1
_UNUSABLE: Final = 2
_MOST_SHOWN: Final = 10


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--oem", "slug", required=True, help="Slug of the OEM.")
@click.option(
    "--mapping",
    "mapping_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Which column means what (TOML); without it, columns are named like the fields.",
)
@click.option("--dry-run", is_flag=True, help="Say what would happen and write no case.")
@click.option(
    "--historical/--live",
    default=True,
    show_default=True,
    help="Past complaints: owners are sent nothing, managers one digest. Live: as if registered by hand.",
)
@click.option(
    "--result",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write what became of each row; FILE.result.csv unless given.",
)
def command(
    *, file: Path, slug: str, mapping_file: Path | None, dry_run: bool, historical: bool, result: Path | None
) -> None:
    """Import the complaints of FILE, a CSV file or the first sheet of an Excel workbook; never twice.

    Exit status: 0 when every row was accepted or repeated, 1 when some were rejected, 2 when the file, the
    mapping or the settings are of no use.
    """
    speak = translator(negotiate(os.environ.get("LC_ALL") or os.environ.get("LANG"), Locale.EN))
    result = result or file.with_suffix(".result.csv")
    try:
        mapping = _read_mapping(mapping_file)
        with ExitStack() as open_files:
            source = open_files.enter_context(file.open("rb"))
            rows = open_files.enter_context(_result_file(result, (file, mapping_file)))
            work = _import(
                speak,
                SourceFile(file.name, source),
                ResultFile(rows, speak),
                slug,
                mapping,
                historical=historical,
                dry_run=dry_run,
            )
            summary = asyncio.run(work)
    except AppError as error:
        fail(*explain(error), status=_UNUSABLE)
    except SettingsError as error:
        fail(*error.problems, hint="The README lists every setting.", status=_UNUSABLE)
    except OSError as error:
        fail(f"{error.filename or file}: {error.strerror}", status=_UNUSABLE)
    _show(speak, summary, result, dry_run=dry_run)
    sys.exit(_SOME_REJECTED if summary.statuses[Status.REJECTED] else 0)


async def _import(
    speak: Translator,
    file: SourceFile,
    rows: ResultFile,
    slug: str,
    mapping: Mapping,
    *,
    historical: bool,
    dry_run: bool,
) -> Summary:
    async with database():
        _, actor = await oem_and_actor(slug)
        file = SourceFile(file.name, await opened(file.stream))
        prepared = await prepare(actor, file, mapping)
        _announce(speak, prepared, historical=historical, dry_run=dry_run)
        with _Bar(speak, file.stream, prepared.inspection.size_bytes, rows) as bar:
            if dry_run:
                return await prepared.rehearse(tell=bar.tell)
            return await prepared.run(historical=historical, tell=bar.tell)


def _read_mapping(path: Path | None) -> Mapping:
    if path is None:
        return Mapping()
    try:
        return read_mapping(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        fail(f"{path}: UTF-8?", status=_UNUSABLE)


@contextmanager
def _result_file(path: Path, sources: Sequence[Path | None]) -> Generator[TextIO]:
    if any(source is not None and path.exists() and path.samefile(source) for source in sources):
        raise click.BadParameter("it must not be the file that is read", param_hint="--result")
    with path.open("w", encoding=ENCODING, newline="") as file:
        yield file


class _Bar:
    """How far the import is, on a terminal; hands the rows on to the result."""

    def __init__(self, speak: Translator, stream: BinaryIO, size_bytes: int, rows: ResultFile) -> None:
        self._stream, self._size, self._rows, self._count = stream, size_bytes, rows, 0
        self._progress = Progress(
            TextColumn(speak.gettext("Importing")),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=ERR,
            disable=not ERR.is_terminal,
        )
        self._speak = speak
        self._task = self._progress.add_task("", total=size_bytes, rate="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def tell(self, outcomes: Sequence[RowOutcome]) -> None:
        """Some more rows are settled."""
        self._rows.write(outcomes)
        self._count += len(outcomes)
        elapsed = self._progress.tasks[0].elapsed or 0
        per_second = round(self._count / elapsed) if elapsed else 0
        rate = self._speak.gettext(
            "%(rows)s rows, %(per_second)s per second", rows=self._count, per_second=per_second
        )
        # The reader is ahead of the rows by a buffer: a file is done when its last row is.
        self._progress.update(self._task, completed=min(self._stream.tell(), self._size), rate=rate)


def _announce(speak: Translator, prepared: Import, *, historical: bool, dry_run: bool) -> None:
    if prepared.inspection.encoding != "utf-8":
        _say(speak.gettext("The file is not UTF-8; it is read as %(encoding)s.", encoding="GB18030"))
    if prepared.inspection.damaged:
        _say(speak.gettext("Some bytes of the file are no characters; the rows with them are rejected."))
    if dry_run:
        _say(speak.gettext("Dry run: nothing is written but the result file."))
    elif historical:
        _say(speak.gettext("Past complaints: owners are sent nothing, each manager gets one digest."))
    else:
        _say(speak.gettext("Live complaints: clocks run and messages go out as usual."))


def _show(speak: Translator, summary: Summary, result: Path, *, dry_run: bool) -> None:
    if dry_run:
        _say(speak.gettext("This is what would happen:"))
    table = Table(show_header=False, box=None)
    for status, name in STATUSES.items():
        table.add_row(speak.gettext(name), str(summary.statuses[status]))
    if summary.without_contact:
        table.add_row(speak.gettext("accepted, but nobody to reach"), str(summary.without_contact))
    OUT.print(table)
    accepted = summary.statuses[Status.ACCEPTED]
    for title, group, counts in (
        (speak.gettext("Category"), "category", summary.categories),
        (speak.gettext("Urgency"), "urgency", summary.urgencies),
    ):
        _shares(title, [(label(speak, group, name), count) for name, count in counts.most_common()], accepted)
    owners = summary.owners.most_common(_MOST_SHOWN)
    if left := len(summary.owners) - len(owners):
        rest = accepted - sum(count for _, count in owners)
        owners.append((speak.gettext("%(count)s others", count=left), rest))
    _shares(speak.gettext("Owner"), owners, accepted)
    reasons = [
        (explained(speak, summary.examples[reason]), count) for reason, count in summary.reasons.most_common()
    ]
    _shares(speak.gettext("Rejected because"), reasons, summary.statuses[Status.REJECTED])
    _say(speak.gettext("What became of each row: %(path)s", path=result))


def _shares(title: str, counts: Sequence[tuple[str, int]], whole: int) -> None:
    if not counts:
        return
    table = Table(escape(title), "", "", box=None)
    for name, count in counts:
        table.add_row(escape(name), str(count), f"{count / whole:.1%}")
    OUT.print(table)


def _say(text: str) -> None:
    OUT.print(text, markup=False, highlight=False, soft_wrap=True)
