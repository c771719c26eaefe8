"""Where webhooks and robots may lead (server-side request forgery)."""

import pytest

from shared.errors import Invalid
from shared.notifications.outbound import Outbound
from shared.settings import OutboundSettings, SettingsError


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.com/huiyin",
        "https://hooks.example.com:8443/a?b=c",
        "https://8.8.8.8/hook",
        "https://[2606:4700::1111]/hook",
        " https://hooks.example.com ",
    ],
)
def test_public_addresses_over_tls_may_be_kept(url: str) -> None:
    assert Outbound().check(url) == url.strip()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "required"),
        ("hooks.example.com", "url_malformed"),
        ("ftp://hooks.example.com", "url_malformed"),
        ("https://user:password@hooks.example.com", "url_malformed"),
        ("https://hooks.example.com\\@127.0.0.1/", "url_malformed"),
        ("https://hooks.example.com/a b", "url_malformed"),
        ("https://hooks.example.com:99999/", "url_malformed"),
        ("https:///path", "url_malformed"),
        ("https://" + "a" * 500 + ".com", "url_malformed"),
        ("http://hooks.example.com", "url_not_https"),
        ("https://localhost", "host_not_allowed"),
        ("https://intranet", "host_not_allowed"),
        ("https://127.0.0.1", "host_not_allowed"),
        ("https://10.1.2.3", "host_not_allowed"),
        ("https://172.16.0.1", "host_not_allowed"),
        ("https://192.168.1.1", "host_not_allowed"),
        ("https://169.254.169.254/latest/meta-data", "host_not_allowed"),
        ("https://100.64.0.1", "host_not_allowed"),
        ("https://0.0.0.0", "host_not_allowed"),
        ("https://224.0.0.1", "host_not_allowed"),
        ("https://255.255.255.255", "host_not_allowed"),
        ("https://[::1]", "host_not_allowed"),
        ("https://[::ffff:127.0.0.1]", "host_not_allowed"),
        ("https://[fe80::1]", "host_not_allowed"),
        ("https://[fd00::1]", "host_not_allowed"),
        ("https://[64:ff9b::a00:1]", "host_not_allowed"),
        ("https://[2002:7f00:1::]", "host_not_allowed"),
        ("https://2130706433", "host_not_allowed"),
        ("https://127.1", "host_not_allowed"),
    ],
)
def test_what_may_not_be_kept(url: str, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        Outbound().check(url)
    assert refused.value.fields[0].code == code


def test_a_name_is_followed_only_to_public_addresses() -> None:
    nowhere = Outbound()
    assert nowhere.reaches("hooks.example.com", "8.8.8.8")
    for inside in (
        "127.0.0.1",
        "10.0.0.1",
        "::1",
        "::ffff:10.0.0.1",
        "fe80::1%eth0",
        "169.254.1.1",
        "nonsense",
    ):
        assert not nowhere.reaches("hooks.example.com", inside)


def test_an_operator_may_allow_hosts_and_networks_inside() -> None:
    outbound = Outbound.of(OutboundSettings(allowed="crm.internal, 10.1.0.0/16, fd00::/8"))
    assert outbound.check("http://crm.internal:8080/hook") == "http://crm.internal:8080/hook"
    assert outbound.check("http://10.1.2.3/hook")
    assert outbound.reaches("crm.internal", "192.168.1.1")
    assert outbound.reaches("hooks.example.com", "10.1.9.9")
    assert outbound.reaches("hooks.example.com", "fd00::1")
    assert not outbound.reaches("hooks.example.com", "10.2.0.1")
    with pytest.raises(Invalid):
        outbound.check("http://10.2.0.1/hook")


def test_a_robot_is_only_at_the_hosts_of_its_chat() -> None:
    hosts = {"qyapi.weixin.qq.com"}
    assert Outbound().check("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1", hosts=hosts)
    for url in ("https://qyapi.weixin.qq.com.example.com/", "https://example.com/qyapi.weixin.qq.com"):
        with pytest.raises(Invalid):
            Outbound().check(url, hosts=hosts)


@pytest.mark.parametrize("wrong", ["10.0.0.1/99", "a b", "http://crm.internal"])
def test_what_is_neither_host_nor_network_is_refused_at_the_start(wrong: str) -> None:
    with pytest.raises(SettingsError, match="HUIYIN_OUTBOUND_ALLOWED"):
        OutboundSettings(allowed=wrong)
