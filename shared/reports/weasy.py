"""WeasyPrint behind typed functions: the only module that knows it.

It is imported when the first report is printed, because it needs system libraries that a process which prints
nothing can do without.
"""

import atexit
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.errors import AppError, Unavailable
from shared.reports import fonts
from shared.web.svg import PALETTE

ASSET_SCHEME: Final = "asset:"
STYLE_SHEET: Final = Path(__file__).parent / "templates" / "dealer_month" / "report.css"
PANGO_DEBIAN: Final = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
PANGO_HOMEBREW: Final = "pango"


class AttachedFile(NamedTuple):
    """A file inside the PDF."""

    name: str
    description: str
    content: bytes


def check() -> None:
    """Raise `Unavailable` unless reports can be printed here.

    Codes: `pango_missing` (params `debian`, `homebrew`: the packages to install), `report_fonts_missing`.
    """
    _weasyprint()
    fonts.check()


def warm_up() -> None:
    """Load everything the first report would wait for; raises like `check`."""
    check()
    print_pdf("<p>回<b>声</b></p>", [], datetime(2000, 1, 1, tzinfo=UTC))


def print_pdf(html: str, attachments: Sequence[AttachedFile], made_at: datetime) -> bytes:
    """The PDF of a page, the same bytes for the same input.

    The page may load nothing but the report's own fonts and `data:` addresses; anything else stops the
    printing with `AppError` (code `report_asset_refused`). `made_at` is the date of the attachments.
    Raises like `check`.
    """
    weasyprint, urls = _weasyprint(), _urls()
    style, font_configuration = _style()
    fetcher = _fetcher()
    try:
        document = weasyprint.HTML(string=html, base_url=ASSET_SCHEME, url_fetcher=fetcher).render(
            stylesheets=[style], font_config=font_configuration, pdf_tags=True
        )
        files = [_attachment(weasyprint, file, made_at) for file in attachments]
        pdf: bytes = document.write_pdf(attachments=files, pdf_tags=True)
    except urls.FatalURLFetchingError as refused:
        raise AppError("report_asset_refused", {"address": str(refused)}) from refused
    return pdf


def _attachment(weasyprint: Any, file: AttachedFile, made_at: datetime) -> Any:
    return weasyprint.Attachment(
        string=file.content,
        name=file.name,
        description=file.description,
        created=made_at,
        modified=made_at,
        url_fetcher=_fetcher(),
    )


@cache
def _style() -> tuple[Any, Any]:
    weasyprint = _weasyprint()
    fonts.check()
    configuration = import_module("weasyprint.text.fonts").FontConfiguration()
    sheet = weasyprint.CSS(
        string=_font_faces() + _tones() + STYLE_SHEET.read_text(encoding="utf-8"),
        base_url=ASSET_SCHEME,
        font_config=configuration,
        url_fetcher=_fetcher(),
    )
    # The configuration removes its copies of the fonts when it goes, and needs a living interpreter for that.
    atexit.register(_style.cache_clear)
    return sheet, configuration


def _font_faces() -> str:
    return "".join(
        f'@font-face{{font-family:"{fonts.FAMILY}";font-weight:{weight};src:url("{ASSET_SCHEME}{path.name}")}}\n'
        for weight, path in fonts.FILES.items()
    )


def _tones() -> str:
    return ":root{" + "".join(f"--tone-{tone}:{colour};" for tone, colour in PALETTE.items()) + "}\n"


@cache
def _fetcher() -> Any:
    urls = _urls()
    files = {ASSET_SCHEME + path.name: path for path in fonts.FILES.values()}

    class OwnAssetsOnly(urls.URLFetcher):
        """Reads the files of this report by their names; knows no folder, no network."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            """The content of an address; stops the printing for one that is not ours."""
            if url.startswith("data:"):
                return urls.URLFetcher.fetch(self, url, headers)
            path = files.get(url)
            if path is None:
                raise urls.FatalURLFetchingError(url[:200])
            return urls.URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})

    return OwnAssetsOnly()


def _weasyprint() -> Any:
    try:
        return import_module("weasyprint")
    except OSError as missing:
        packages = {"debian": PANGO_DEBIAN, "homebrew": PANGO_HOMEBREW}
        raise Unavailable("pango_missing", packages) from missing


def _urls() -> Any:
    return import_module("weasyprint.urls")
