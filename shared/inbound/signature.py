"""Signatures of webhooks as the Standard Webhooks specification has them, and the secrets they are made with.

A secret is HMAC-SHA256 over the source and a random salt, under the installation's key: the database alone
gives none away, and nothing has to be encrypted in it. It is shown once, when the salt is made.
"""

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from standardwebhooks import Webhook, WebhookVerificationError

from shared.errors import Unauthenticated

ID: Final = "webhook-id"
TIMESTAMP: Final = "webhook-timestamp"
SIGNATURE: Final = "webhook-signature"
LONGEST_ID: Final = 200
SALT_BYTES: Final = 32
_PURPOSE: Final = b"huiyin inbound webhook"
_STALE: Final = ("Message timestamp too old", "Message timestamp too new")


def secret_of(key: str, oem_id: int, source_id: UUID, salt: bytes) -> str:
    """The secret of a source (`whsec_…`); `key` is the installation's."""
    message = b"\0".join([_PURPOSE, str(oem_id).encode(), source_id.bytes, salt])
    return "whsec_" + b64encode(hmac.digest(key.encode(), message, hashlib.sha256)).decode()


def verified(body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> str:
    """The id of a message that one of `secrets` has signed within five minutes of now.

    Raises `Unauthenticated`: `webhook_not_signed` where a header is missing or unusable, `webhook_stale`, and
    `webhook_signature_wrong` for everything else, whichever source it was meant for.
    """
    signed = {name: headers.get(name, "") for name in (ID, TIMESTAMP, SIGNATURE)}
    message_id = signed[ID]
    if not all(signed.values()) or len(message_id) > LONGEST_ID or not message_id.isprintable():
        raise Unauthenticated("webhook_not_signed")
    for secret in secrets:
        try:
            Webhook(secret).verify(body, signed, json_parse=False)
        except WebhookVerificationError as error:
            if str(error) in _STALE:
                raise Unauthenticated("webhook_stale") from error
        except ValueError:  # a body that is no UTF-8, a signature that is no base64
            continue
        else:
            return message_id
    raise Unauthenticated("webhook_signature_wrong")
