"""The wording of messages and when they wait, in the console and by the API (R3.8, issue 4)."""

from shared.notifications import holds
from shared.permissions import Role
from tests.integration.console.test_isolation import write
from tests.support.console import Browsers, found_maker, register, send
from tests.support.servers import Database

PATH = "/oem/texts/edit"
KEY = "result/sms/zh-CN"


async def test_the_administrator_words_a_message_and_takes_ours_again(browsers: Browsers) -> None:
    """R3.8, issue 4: list, edit with checked variables, preview with a real case, versions."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    assert f"{PATH}?text=result%2Fsms%2Fzh-CN" in (await admin.get("/oem/texts")).text
    ours = (await admin.get(f"{PATH}?text={KEY}")).text
    assert "您的投诉{number}已有处理结果" in ours
    wrong = await send(admin, PATH, version=1, text=KEY, body="投诉{number}\n{phone}", do="publish")
    assert wrong.status_code == 422
    assert "Line 2: {phone} is no variable of this message." in wrong.text
    case = await register(maker.actor(Role.ADVISOR))
    words = "尊敬的{customer_name}：投诉{number}已办结。"
    asked = {"version": 1, "text": KEY, "body": words, "case_number": case.number}
    seen = await send(admin, PATH, **asked, do="preview")
    assert seen.status_code == 200
    assert f"投诉{case.number}已办结。" in seen.text
    assert "UCS-2" in seen.text
    published = await send(admin, PATH, **asked, do="publish")
    assert published.status_code == 303
    assert words in (await admin.get(f"{PATH}?text={KEY}")).text
    assert (await send(admin, PATH, **asked, do="publish")).status_code == 409
    restored = await send(admin, PATH, version=2, text=KEY, do="restore")
    assert restored.status_code == 303
    page = (await admin.get(f"{PATH}?text={KEY}")).text
    assert "您的投诉{number}已有处理结果" in page
    assert words in page, "what it said before is kept"
    assert (await admin.get(f"{PATH}?text=nothing/sms/en")).status_code == 404


async def test_a_mail_is_looked_at_as_its_reader_gets_it_and_runs_nothing(browsers: Browsers) -> None:
    """Issue 4: e-mail in text and HTML; with the line by which customers do without."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    key = "survey/email/en"
    page = (await admin.get(f"{PATH}?text={key}")).text
    assert "Choose here" in page
    asked = {"version": 0, "text": key, "subject": "{number}", "body": "Number {number}: <script>1</script>"}
    mail = await send(admin, PATH, **asked, do="html")
    assert mail.status_code == 200
    assert "&lt;script&gt;" in mail.text
    assert "<script" not in mail.text
    assert "Choose here</a>" in mail.text
    assert mail.headers["content-security-policy"].startswith("default-src 'none'")
    assert "sandbox" in mail.headers["content-security-policy"]
    wrong = await send(admin, PATH, **{**asked, "body": "{phone}"}, do="html")
    assert (wrong.status_code, "is no variable" in wrong.text) == (422, True)


async def test_an_english_sms_is_looked_at_as_both_kinds_of_numbers_get_it(
    browsers: Browsers, database: Database
) -> None:
    """Issue 4: SMS length and segment count shown, where the link is left out said."""
    maker = await found_maker()
    signed = "UPDATE app.oems SET sms_signature = 'Test Motors Service' WHERE id = $1"
    await write(database, "oems", signed, maker.oem_id)
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    page = (await admin.get(f"{PATH}?text=survey%2Fsms%2Fen")).text
    at_home, abroad = page.split("To numbers abroad")
    assert "To numbers of mainland China" in at_home
    assert ("UCS-2" in at_home, "GSM-7" in at_home, "The link is left out" in at_home) == (True, False, True)
    assert ("UCS-2" in abroad, "GSM-7" in abroad, "The link is left out" in abroad) == (False, True, False)
    long = "Your complaint {number}: " + "we tested the car on the road. " * 6
    refused = await send(admin, PATH, version=0, text="result/sms/en", body=long, do="publish")
    assert refused.status_code == 422
    assert "To numbers of mainland China the usual words need more than two SMS already" in refused.text
    seen = await send(admin, PATH, version=0, text="result/sms/en", body=long, do="preview")
    assert seen.text.count("Cut: two SMS are not enough") == 1


async def test_the_administrator_says_when_messages_wait(browsers: Browsers) -> None:
    """Issue 4: digests, quiet hours and limits are policy data."""
    maker = await found_maker()
    admin = await browsers.of(maker.person(Role.ADMINISTRATOR))
    page = (await admin.get("/oem/message-times")).text
    assert 'name="digest_minutes" type="number" value="5"' in page
    wanted = {"digest_minutes": "15", "most_per_number": "9", "most_per_case": "0"}
    wrong = await send(admin, "/oem/message-times", version=1, **wanted, quiet_from="22:00")
    assert (wrong.status_code, 'aria-invalid="true"' in wrong.text) == (422, True)
    saved = await send(
        admin,
        "/oem/message-times",
        version=1,
        **wanted,
        **{"quiet_from": "21:00", "quiet_until": "08:00", "quiet.email": "true"},
    )
    assert saved.status_code == 303
    found = await holds.shown(maker.actor(Role.ADMINISTRATOR))
    assert (found.version, found.policy.digest_minutes, found.policy.quiet_from) == (2, 15, "21:00")
    assert [each.value for each in found.policy.quiet_channels] == ["email"]


async def test_nobody_else_words_messages_or_lets_them_wait(browsers: Browsers) -> None:
    maker = await found_maker()
    head = await browsers.of(maker.person(Role.STATION_HEAD))
    for path in ("/oem/texts", f"{PATH}?text={KEY}", "/oem/message-times"):
        assert (await head.get(path)).status_code == 403
    assert (await send(head, PATH, version=1, text=KEY, body="{number}", do="publish")).status_code == 403
    assert (await send(head, "/oem/message-times", version=1)).status_code == 403
