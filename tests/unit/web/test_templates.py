"""Templates: escaped, complete in both languages, without inline styles or scripts, with icons that exist."""

import re
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from jinja2 import UndefinedError

import services.admin
from services.admin.assets import STYLE_SHEETS
from services.admin.cases.models import Action
from services.admin.shell import Frame
from services.admin.sign_in.models import SignInPage
from shared.cases.queries import QueueFilter
from shared.web.assets import Assets
from shared.web.components import FormState, Toast
from shared.web.environment import STATIC, TEMPLATES, Pages, Viewer
from shared.web.locale import Locale
from tests.support import web_samples as samples

CHECKOUT = Path(__file__).parents[3]
ADMIN_TEMPLATES = Path(services.admin.__file__).parent / "templates"
ALL_TEMPLATES = sorted([*TEMPLATES.rglob("*.html"), *ADMIN_TEMPLATES.rglob("*.html")])
VENDOR = ["vendor/htmx.min.js", "vendor/icons.svg"]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """The console's templates, with empty files for what `make assets` fetches."""
    fetched = tmp_path_factory.mktemp("fetched")
    for name in VENDOR:
        (fetched / name).parent.mkdir(exist_ok=True)
        (fetched / name).touch()
    assets = Assets([STATIC, fetched], bundles={"css/console.css": STYLE_SHEETS})
    return Pages([ADMIN_TEMPLATES], assets)


def viewer(locale: Locale) -> Viewer:
    return Viewer(locale, ZoneInfo("Asia/Shanghai"), samples.NOW)


def every_page(pages: Pages, locale: Locale) -> dict[str, str]:
    """All pages of the console over the invented models."""
    filters = QueueFilter()
    toasts = [Toast("好"), Toast("慢", "warn"), Toast("坏", "bad")]
    frame = samples.shell(locale, "queue", "light", "/cases", toasts)
    refused = samples.case_page(
        locale, refused=Action.CLASSIFY, refused_form=FormState(errors={"reason": "?"}, message="?")
    )
    queue = samples.queue_page(locale, filters, opened=True)
    outside = Frame(path="/", theme="auto")
    made = {
        "sign_in/sign_in.html": {"frame": outside, "page": SignInPage()},
        "region/overview.html": {"page": samples.region_page(locale)},
        "cases/queue.html": {"page": queue},
        "cases/case.html": {"case": samples.case_page(locale)},
        "cases/_case.html": {"case": refused, "is_panel": True},
        "cases/_list_answer.html": {"page": queue, "list": queue.cases, "filters": filters},
        "messages/messages.html": {"page": samples.messages_page(locale, "failed")},
        "messages/failed.html": {"page": samples.failed_page()},
        "reports/reports.html": {"page": samples.reports_page(locale, is_working=True)},
        "account/account.html": {"page": samples.account_page(locale)},
        "errors/error.html": {"frame": outside, "status": 500, "message": "?", "request_id": "1"},
    }
    return {
        name: pages.render(name, viewer(locale), **{"frame": frame, "csrf_token": "token", **values})
        for name, values in made.items()
    }


@pytest.mark.parametrize("locale", list(Locale))
def test_pages_hold_no_inline_style_script_or_handler(pages: Pages, locale: Locale) -> None:
    for name, html in every_page(pages, locale).items():
        assert not re.search(
            r"""\sstyle=|\son\w+=|<style|javascript:|hx-on|<script(?![^>]*(src=|json))""", html
        ), name


class _Balance(HTMLParser):
    VOID = frozenset({"meta", "link", "input", "br", "hr", "use", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.problems: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.ids.extend(value or "" for name, value in attrs if name == "id")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(tag)


@pytest.mark.parametrize("locale", list(Locale))
def test_tags_are_balanced_and_ids_unique(pages: Pages, locale: Locale) -> None:
    for name, html in every_page(pages, locale).items():
        check = _Balance()
        check.feed(html)
        assert not check.problems, name
        assert not check.open, name
        assert len(check.ids) == len(set(check.ids)), f"{name}: an id stands twice"


def error_page(pages: Pages, locale: Locale) -> str:
    values = {"csrf_token": "", "status": 404, "message": "", "request_id": ""}
    return pages.render("errors/error.html", viewer(locale), frame=Frame(path="/"), **values)


def test_readers_get_their_language(pages: Pages) -> None:
    chinese = re.compile(r"[\u4e00-\u9fff]")
    assert not chinese.search(error_page(pages, Locale.EN))
    assert chinese.search(error_page(pages, Locale.ZH_CN))


def test_every_form_that_changes_something_carries_the_token(pages: Pages) -> None:
    for name, html in every_page(pages, Locale.EN).items():
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", html, re.DOTALL):
            assert 'name="csrf_token" value="token"' in form, f"{name}: {form[:120]}"


def test_what_people_wrote_is_escaped(pages: Pages) -> None:
    case = samples.case_page(Locale.EN)
    hostile = msgspec.structs.replace(case, title='<img src=x onerror="1">', words="</script><b>")
    html = pages.render("cases/_case.html", viewer(Locale.EN), case=hostile, is_panel=True, csrf_token="")
    assert "<img" not in html
    assert "</script>" not in html


def test_an_unknown_name_in_a_template_is_an_error(pages: Pages) -> None:
    with pytest.raises(UndefinedError):
        pages.render("cases/case.html", viewer(Locale.EN), frame=Frame(path="/"), csrf_token="")


def test_the_viewer_is_forgotten_after_rendering(pages: Pages) -> None:
    every_page(pages, Locale.EN)
    with pytest.raises(LookupError):
        pages.environment.from_string("{{ 1 | number }}").render()


def test_icons_in_use_are_fetched() -> None:
    fetched = set((CHECKOUT / "infra" / "assets" / "icons.txt").read_text(encoding="ascii").split())
    used = {
        icon
        for path in ALL_TEMPLATES
        for icon in re.findall(
            r"(?:icon\(|picture=|fact\()\"([a-z0-9-]+)\"", path.read_text(encoding="utf-8")
        )
    }
    assert used - fetched == set()


def test_scripts_are_modules_without_evaluation_or_inline_styles() -> None:
    for path in (STATIC / "js").glob("*.js"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function|\.innerHTML|\.style\b|document\.write", source), (
            path.name
        )


def test_texts_for_scripts_cannot_close_their_element(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('<script type="application/json">{{ value | json }}</script>')
    told = {"text": "</script><script>alert(1)</script> & more"}
    html = Pages([tmp_path], Assets([STATIC])).render("page.html", viewer(Locale.EN), value=told)
    inside = html.removeprefix('<script type="application/json">').removesuffix("</script>")
    assert "<" not in inside
    assert msgspec.json.decode(inside) == told
