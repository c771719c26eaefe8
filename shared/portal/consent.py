"""The text a customer agrees to when he sends the form: policy data of the OEM, kept in versions (R1.2).

Personal information may be handled with informed consent; passing it on to the dealer, another handler of
it, needs consent to that, too (Personal Information Protection Law of China, articles 13, 14, 17, 23). The
default says both; the OEM's lawyers may publish their own.
"""

from typing import Final
from uuid import UUID

import msgspec

from shared.db.engine import Transaction
from shared.tenants import policies
from shared.tenants.policies import PolicyName
from shared.web.locale import Locale


class ConsentPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The text in both languages; `{oem}` stands for the OEM's name."""

    zh: str
    en: str


class Consent(msgspec.Struct, frozen=True):
    """The text as one reader is shown it, and its version; 0 is the one that comes with the product."""

    version: int
    locale: Locale
    text: str


DEFAULT: Final = ConsentPolicy(
    zh=(
        "为受理和处理您的投诉，{oem}将收集您填写的姓名、联系方式、车辆信息、情况描述和照片，"
        "并提供给您选择的经销商，由其与您联系并处理。\n"
        "上述信息仅用于处理本次投诉、回访满意度和改进质量，不用于营销；保存期限为法律规定的维修记录保存期限（不少于六年），"
        "期满后删除。\n"
        "您可以通过进度页面或投诉电话查询、更正您的信息，或撤回同意；撤回不影响此前已进行的处理，"
        "但我们可能无法继续处理您的投诉。"
    ),
    en=(
        "To receive and handle your complaint, {oem} collects the name, contact, vehicle details, "
        "description and photos you enter here and passes them to the dealer you choose, who will contact "
        "you and handle it.\n"
        "They are used to handle this complaint, to ask whether you are satisfied and to improve quality, "
        "never for marketing. They are kept as long as the law has repair records kept (at least six years) "
        "and deleted after that.\n"
        "By the tracking page or the complaint line you can see and correct your data or withdraw this "
        "consent; what was done before stays lawful, but we may then be unable to go on with your complaint."
    ),
)


async def consent(tx: Transaction, oem_id: int, oem_name: str, locale: Locale) -> Consent:
    """The text in force, in OEM scope."""
    version, policy = await policies.decoded_or(tx, oem_id, PolicyName.CONSENT, _decoded, lambda: DEFAULT)
    text = policy.zh if locale is Locale.ZH_CN else policy.en
    return Consent(version, locale, text.replace("{oem}", oem_name))


_RECORD = """
INSERT INTO case_consents (oem_id, case_id, dealer_id, version, locale, given_at)
SELECT $1, $2, dealer_id, $3, $4, $5 FROM cases WHERE oem_id = $1 AND id = $2
ON CONFLICT (oem_id, case_id) DO NOTHING
"""


async def record(tx: Transaction, oem_id: int, case_id: UUID, given: Consent) -> None:
    """Write down what the customer of a case has agreed to; the first time counts."""
    await tx.execute(_RECORD, oem_id, case_id, given.version, given.locale.value, await tx.now())


def _decoded(body: bytes) -> ConsentPolicy:
    return msgspec.json.decode(body, type=ConsentPolicy)
