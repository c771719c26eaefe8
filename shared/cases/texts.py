"""What people type, made safe to keep: no control characters, one kind of line end (pure)."""

import re
import unicodedata
from typing import Final, Literal, TypeVar

import msgspec

from shared.errors import FieldError, Invalid

Language = Literal["zh-CN", "en"]
Shape = TypeVar("Shape", bound=msgspec.Struct)

# C0 and C1 controls but tab and line feed, and lone surrogates, which UTF-8 cannot hold.
_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LINE_END: Final = re.compile("\r\n?|\u2028|\u2029|\x85")
_BLANKS: Final = re.compile(r"\s+")
_CHINESE: Final = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_SENTENCE_END: Final = re.compile(r"[。！？!?；;\n]|\.(?=\s|$)")
_TITLE_LENGTH: Final = 60


def clean(text: str) -> str:
    """Several lines: line ends become line feeds, characters nobody can see or type are dropped."""
    lines = _UNPRINTABLE.sub("", _LINE_END.sub("\n", text))
    return unicodedata.normalize("NFC", lines).strip()


def clean_line(text: str) -> str:
    """A single line: every run of white space is one blank."""
    return _BLANKS.sub(" ", clean(text)).strip()


def language_of(text: str) -> Language:
    """`zh-CN` for a text with a Chinese character, else `en`."""
    return "zh-CN" if _CHINESE.search(text) else "en"


def title_of(text: str) -> str:
    """The first sentence of a text, cut to 60 characters with an ellipsis."""
    sentence = _SENTENCE_END.split(text, maxsplit=1)[0].strip() or text
    title = clean_line(sentence)
    return title if len(title) <= _TITLE_LENGTH else title[: _TITLE_LENGTH - 1].rstrip() + "…"


def line_problems(field: str, line: str, longest: int) -> list[FieldError]:
    """What is wrong with a clean line that has to be given: `required`, `too_long`."""
    if not line:
        return [FieldError(field, "required")]
    return [FieldError(field, "too_long", {"limit": longest})] if len(line) > longest else []


def cleaned(shape: Shape, **longest: int) -> Shape:
    """`shape` with the named text fields clean; raises `Invalid` with each that is longer than it may be."""
    texts = {name: clean(getattr(shape, name)) for name in longest}
    problems = [
        FieldError(name, "too_long", {"limit": longest[name]})
        for name, text in texts.items()
        if len(text) > longest[name]
    ]
    if problems:
        raise Invalid("invalid_input", fields=problems)
    return msgspec.structs.replace(shape, **texts)
