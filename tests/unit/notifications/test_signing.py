"""Signatures against the values that the providers have published."""

from datetime import UTC, datetime

from shared.notifications.signing import (
    CloudAction,
    Credentials,
    acs3_headers,
    canonical_query,
    dingtalk_signature,
    feishu_signature,
    tc3_headers,
    twilio_signature,
)


def test_alibaba_clouds_example_of_its_signature_v3() -> None:
    """help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature, "固定参数示例"."""
    headers = acs3_headers(
        CloudAction(host="ecs.cn-shanghai.aliyuncs.com", action="RunInstances", version="2014-05-26"),
        canonical_query(
            {
                "RegionId": "cn-shanghai",
                "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
            }
        ),
        Credentials("YourAccessKeyId", "YourAccessKeySecret"),
        datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        "3156853299f313e23d1673dc12e1703d",
    )
    assert headers["Authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;"
        "x-acs-date;x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )
    assert headers["x-acs-date"] == "2023-10-26T10:22:32Z"


def test_alibaba_clouds_parameters_are_encoded_as_rfc_3986_has_it() -> None:
    """The same page: space %20, asterisk %2A, tilde as it is."""
    assert (
        canonical_query({"b": "a b*~+/=", "签名": "回"})
        == "%E7%AD%BE%E5%90%8D=%E5%9B%9E&b=a%20b%2A~%2B%2F%3D"
    )


def test_tencent_clouds_example_of_its_signature_v3() -> None:
    """cloud.tencent.com/document/api/213/30654, "签名方法 v3", with the key of asterisks it is shown with."""
    headers = tc3_headers(
        CloudAction(host="cvm.tencentcloudapi.com", action="DescribeInstances", version="2017-03-12"),
        rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}',
        Credentials("AKID********************************", "********************************"),
        datetime.fromtimestamp(1551113065, UTC),
        "ap-guangzhou",
    )
    assert headers["Authorization"] == (
        "TC3-HMAC-SHA256 Credential=AKID********************************/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host;x-tc-action, "
        "Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f"
    )
    assert headers["X-TC-Timestamp"] == "1551113065"


def test_twilios_example_of_its_callbacks_signature() -> None:
    """www.twilio.com/docs/usage/security and the validator's page of its libraries (2012 and today)."""
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    for caller, expected in (
        ("+14158675309", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("+12349013030", "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
    ):
        form = {"CallSid": "CA1234567890ABCDE", "Caller": caller, "Digits": "1234", "From": caller}
        assert twilio_signature(url, {"To": "+18005551212"} | form, "12345") == expected


def test_robots_sign_the_time_with_their_secret_each_in_its_own_way() -> None:
    """DingTalk and Feishu publish their code and no values: key and text are as their code has them.

    open.dingtalk.com "自定义机器人安全设置" signs `timestamp\\nsecret` under the secret, open.feishu.cn
    "自定义机器人使用指南" nothing under `timestamp\\nsecret`. The values were made with openssl:
    `printf '1600000000000\\nSEC' | openssl dgst -sha256 -hmac SEC -binary | base64`.
    """
    assert dingtalk_signature(1600000000000, "SEC") == "C72kx4c0NUGpRzKRqG/YBFvxO6ddH42i13qMig+aiB8="
    assert feishu_signature(1600000000, "SEC") == "W3oohE6q2TCC714mnVQLj5Y4L3cO1I8iltvUpRO5ixY="
