from shared.web.downloads import content_disposition


def test_a_chinese_name_travels_in_utf_8_beside_an_ascii_one() -> None:
    """RFC 6266, RFC 5987."""
    assert content_disposition("A1_2026-03_月报.pdf") == (
        "attachment; filename=\"A1_2026-03.pdf\"; filename*=UTF-8''A1_2026-03_%E6%9C%88%E6%8A%A5.pdf"
    )


def test_a_name_cannot_break_out_of_the_header() -> None:
    value = content_disposition('月";\r\nX: y.pdf')
    assert '"' not in value.split("filename=")[1].split('"')[1]
    assert "\r" not in value
    assert "\n" not in value


def test_a_name_without_ascii_has_one_all_the_same() -> None:
    assert 'filename="file.pdf"' in content_disposition("月报.pdf")
    assert 'filename="file"' in content_disposition("月报")
