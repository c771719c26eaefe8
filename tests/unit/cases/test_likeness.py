from shared.cases.likeness import grams_to_compare, shares


def test_words_that_share_what_is_rare_are_alike_and_everyday_words_are_not():
    """R1.7."""
    wanted = grams_to_compare("高速行驶踩刹车时方向盘抖动", "")
    texts = {
        "same": "刹车时方向盘抖动，高速更明显",
        "other": "高速行驶时空调不制冷",
        "nothing": "保养收费与报价不符",
    }
    shared = {key: [gram for gram in grams_to_compare(text) if gram in wanted] for key, text in texts.items()}
    assert list(shares(wanted, shared)) == ["same"]


def test_nothing_is_like_no_words():
    assert grams_to_compare("", " ") == []
    assert shares([], {"one": []}) == {}
