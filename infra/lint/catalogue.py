"""The translation catalogues against the code: `python -m infra.lint.catalogue [update]`.

Without a word it checks, and prints what is wrong:

- every sentence of the code and the templates stands in both catalogues, and nothing else does;
- every Chinese entry is translated, none is marked fuzzy, and its placeholders are those of the English one;
- no text for people stands in a template outside the catalogues.

With `update` it brings new sentences into the catalogues and drops those that went, and lists what has to be
translated by hand. The labels of closed lists (`shared/web/labels.py`) are added with their group as context.
"""

import re
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import IO, Any, Final

from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

from shared.web.labels import LABELS
from shared.web.locale import CATALOGUES, DOMAIN, Locale

CHECKOUT: Final = Path(__file__).parents[2]
METHODS: Final = [
    ("shared/**.py", "infra.lint.catalogue:sentences_of_python"),
    ("services/**.py", "infra.lint.catalogue:sentences_of_python"),
    ("**/templates/**.html", "jinja2"),
]
OPTIONS: Final = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
KEYWORDS: Final = {
    "_": None,
    "gettext": None,
    "msgid": None,
    "untouched": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
_ANY_KEYWORD: Final = re.compile(rb"\b(" + "|".join(KEYWORDS).encode() + rb")\(")
TEMPLATE_FOLDERS: Final = ("shared/web/templates", "shared/reports/templates", "services")
GETTEXT_CALLS: Final = frozenset({"_", "gettext", "ngettext", "pgettext", "untouched"})
SPOKEN_ATTRIBUTES: Final = frozenset({"title", "aria-label", "placeholder", "alt"})

_CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_LETTER = re.compile(r"[^\W\d_]")
_ATTRIBUTES = re.compile(r"\s*[\w-]+=\"[^\"]*\"")
_CLASSES = re.compile(r"(?=.*-)[a-z0-9_-]+( [a-z0-9_-]+)*")
_SENTENCE = re.compile(r"[A-Z][a-z]|[a-z] [a-z]")


def sentences_of_python(
    source: IO[bytes],
    keywords: Mapping[str, Any],
    comment_tags: Collection[str],
    options: Mapping[str, Any],  # noqa: ARG001  # named so by Babel; ours has none
) -> Iterator[Any]:
    """As Babel's own method, without taking apart the many files that name no keyword."""
    if _ANY_KEYWORD.search(source.read()):
        source.seek(0)
        yield from extract_python(source, keywords, comment_tags, {})


def extracted() -> Catalog:
    """All sentences of the code, the templates and the labels, in the order of their files."""
    catalogue = Catalog(domain=DOMAIN)
    for folder in ("shared", "services"):
        found = extract_from_dir(
            CHECKOUT / folder,
            [(pattern.removeprefix(f"{folder}/"), method) for pattern, method in METHODS],
            OPTIONS,
            KEYWORDS,
            comment_tags=("Translators:",),
        )
        for file, _, message, comments, context in sorted(found, key=lambda item: (item[0], item[1])):
            catalogue.add(
                message, locations=[(f"{folder}/{file}", 0)], auto_comments=comments, context=context
            )
    for group, labels in LABELS.items():
        for text in labels.values():
            catalogue.add(text, locations=[("shared/web/labels.py", 0)], context=group)
    return catalogue


def catalogue_path(locale: Locale) -> Path:
    """Where the catalogue of a locale lies."""
    return CATALOGUES / locale.catalogue / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_catalogue(locale: Locale) -> Catalog:
    """The catalogue of a locale as it stands; an empty one where there is none yet."""
    path = catalogue_path(locale)
    if not path.exists():
        return _empty(locale)
    with path.open("rb") as source:
        return read_po(source, locale=locale.catalogue, domain=DOMAIN)


def update() -> None:
    """Bring both catalogues up to the code; translations of sentences that stayed are kept."""
    template = extracted()
    for locale in Locale:
        current = read_catalogue(locale)
        renewed = _empty(locale)
        renewed.creation_date = renewed.revision_date = current.creation_date
        for message in template:
            if not message.id:
                continue
            known = current.get(_key(message), message.context)
            renewed.add(
                message.id,
                string=known.string if known else None,
                locations=message.locations,
                auto_comments=message.auto_comments,
                context=message.context,
            )
        path = catalogue_path(locale)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as target:
            write_po(target, renewed, width=100, omit_header=False, include_lineno=False, sort_by_file=True)


def problems() -> list[str]:
    """Everything that is wrong, one line each."""
    return [*_catalogue_problems(), *_template_problems()]


def _empty(locale: Locale) -> Catalog:
    return Catalog(
        locale=locale.catalogue,
        domain=DOMAIN,
        header_comment="# The sentences of Huiyin. How to change them: docs/how-to/add-a-page.md",
        project="Huiyin",
        version="1",
        msgid_bugs_address="Huiyin",
        last_translator="Huiyin",
        language_team="Huiyin",
        fuzzy=False,
    )


def _key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _catalogue_problems() -> Iterator[str]:
    template = extracted()
    wanted = {(_key(message), message.context) for message in template if message.id}
    for locale in Locale:
        catalogue = read_catalogue(locale)
        held = {(_key(message), message.context) for message in catalogue if message.id}
        yield from (f"{locale}: missing {_shown(*key)}" for key in sorted(wanted - held, key=str))
        yield from (f"{locale}: not used {_shown(*key)}" for key in sorted(held - wanted, key=str))
        yield from _message_problems(locale, catalogue)


def _message_problems(locale: Locale, catalogue: Catalog) -> Iterator[str]:
    for message in catalogue:
        if not message.id:
            continue
        where = f"{locale}: {_shown(_key(message), message.context)}"
        if message.fuzzy:
            yield f"{where} is marked fuzzy"
        strings = [message.string] if isinstance(message.string, str) else list(message.string or ("",))
        if locale is Locale.ZH_CN and not all(strings):
            yield f"{where} is not translated"
        if any(strings):
            yield from (f"{where}: {error}" for error in message.check(catalogue))


def _shown(text: str, context: str | None) -> str:
    return f"'{text}' ({context})" if context else f"'{text}'"


def _templates() -> Iterable[Path]:
    for folder in TEMPLATE_FOLDERS:
        yield from sorted(path for path in (CHECKOUT / folder).rglob("*.html") if "templates" in path.parts)


def _template_problems() -> Iterator[str]:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    for path in _templates():
        source = path.read_text(encoding="utf-8")
        name = path.relative_to(CHECKOUT)
        yield from (f"{name}: text outside the catalogues: '{text}'" for text in literal_texts(source))
        tree = environment.parse(source)
        yield from (f"{name}: text outside the catalogues: '{text}'" for text in _constants(tree))


def literal_texts(source: str) -> list[str]:
    """Texts for people that stand as such in a template's HTML: between tags and in spoken attributes."""
    without_comments = re.sub(r"\{#.*?#\}", "", source, flags=re.DOTALL)
    trans = re.sub(r"\{%-? *trans\b.*?endtrans *-?%\}", "", without_comments, flags=re.DOTALL)
    html = re.sub(r"\{%.*?%\}", "", trans, flags=re.DOTALL)
    collector = _TextCollector()
    collector.feed(re.sub(r"\{\{.*?\}\}", "jjj", html, flags=re.DOTALL))
    collector.close()
    return collector.texts


class _TextCollector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._stack.append(tag)
        for name, value in attrs:
            if name in SPOKEN_ATTRIBUTES:
                self._keep(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._stack:
            while self._stack.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if "kbd" not in self._stack:
            self._keep(data)

    def _keep(self, text: str) -> None:
        bare = _ATTRIBUTES.sub("", text.replace("jjj", "")).strip()
        if _LETTER.search(bare):
            self.texts.append(bare)


def _constants(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Call) and _name_called(node) in GETTEXT_CALLS:
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        text = node.value
        if _CHINESE.search(text) or (_SENTENCE.search(text) and not _CLASSES.fullmatch(text)):
            yield text
    for child in node.iter_child_nodes():
        yield from _constants(child)


def _name_called(call: nodes.Call) -> str:
    called = call.node
    if isinstance(called, nodes.Name):
        return called.name
    return called.attr if isinstance(called, nodes.Getattr) else ""


def main(arguments: list[str]) -> int:
    """Check, or update first; returns the exit status."""
    if arguments == ["update"]:
        update()
    found = problems()
    sys.stdout.writelines(f"{problem}\n" for problem in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
