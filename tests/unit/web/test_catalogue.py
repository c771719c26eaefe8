"""The catalogues hold what the code says, translated; templates hold no text of their own."""

import pytest

from infra.lint.catalogue import literal_texts, problems


@pytest.mark.slow
def test_catalogues_and_code_agree() -> None:
    found = problems()
    assert not found, "run `python -m infra.lint.catalogue update` and translate:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "source",
    [
        "<p>Hello</p>",
        "<p>{{ name }} 件</p>",
        '<a title="Open">{{ icon }}</a>',
        '<input placeholder="Name" aria-label="{{ text }}">',
        "{% if a %}yes{% endif %}",
    ],
)
def test_text_outside_the_catalogues_is_found(source: str) -> None:
    assert literal_texts(source)


@pytest.mark.parametrize(
    "source",
    [
        "<p>{{ _('Hello') }}</p>",
        "{% trans %}Hello{% endtrans %}",
        '<a title="{{ _(\'Open\') }}" class="button is-big">→</a>',
        "{# Words for the reader of the template. #}",
        "<kbd>Ctrl</kbd>",
        '<{{ tag }} class="x">{{ text }} · 12 %</{{ tag }}>',
        '{% if wrong %} aria-invalid="true"{% endif %}',
    ],
)
def test_text_from_the_catalogues_passes(source: str) -> None:
    assert not literal_texts(source)
