"""Session tokens and API keys."""

import re

from shared.accounts.tokens import digest, new_key, new_session_token


def test_a_token_has_256_random_bits_and_is_never_the_same() -> None:
    tokens = {new_session_token() for _ in range(100)}

    assert len(tokens) == 100
    assert all(re.fullmatch(r"hs_[A-Za-z0-9_-]{43}", token) for token in tokens)


def test_a_key_starts_with_its_readable_prefix() -> None:
    key = new_key()

    assert re.fullmatch(r"hk_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", key.text)
    assert key.text.startswith(key.prefix + "_")


def test_whatever_is_sent_as_a_token_has_a_digest() -> None:
    assert len(digest("")) == 32
    assert digest("\ud800") != digest("\ud801")
