"""What the machine itself has to have: typefaces and Pango."""

from services.cli.checks import Check
from shared.errors import Unavailable


def check_fonts() -> Check:
    """The typefaces of reports."""
    try:
        from shared.reports import fonts

        fonts.check()
    except Unavailable as error:
        found = f"missing in {error.params.get('folder')}: {error.params.get('files')}"
        return Check.failed("Fonts", found, "`make assets` fetches them; without them no report is made.")
    except ImportError as error:
        return Check.warning("Fonts", f"reports are not installed here ({error.name})", _REPORTS_ELSEWHERE)
    return Check.ok("Fonts", "all there")


def check_pango() -> Check:
    """The library that sets the text of PDFs."""
    try:
        import weasyprint
    except ImportError as error:
        return Check.warning("Pango", f"WeasyPrint is not installed here ({error.name})", _REPORTS_ELSEWHERE)
    except OSError as error:
        return Check.failed("Pango", str(error).splitlines()[0], _INSTALL_PANGO)
    return Check.ok("Pango", f"loads, WeasyPrint {weasyprint.__version__}")


_REPORTS_ELSEWHERE = "Fine for the api and the console; the worker needs `pip install huiyin[worker]`."
_INSTALL_PANGO = (
    "Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; macOS: brew install pango."
)
