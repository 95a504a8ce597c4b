import base64
import hashlib
import hmac

import pytest

from annotation.webhook import SKEW, genuine

SECRET = "whsec_" + base64.b64encode(b"a secret of Argilla").decode()
BODY = '{"type": "response.created", "text": "مرحبا"}'.encode()


def headers(body: bytes = BODY, *, at: int = 1000, key: bytes = b"a secret of Argilla") -> dict[str, str]:
    mac = base64.b64encode(hmac.new(key, f"msg_1.{at}.".encode() + body, hashlib.sha256).digest()).decode()
    return {"Webhook-Id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": f"v1,AAAA v1,{mac}"}


def test_a_message_that_argilla_signed_is_genuine() -> None:
    assert genuine(BODY, headers(), secret=SECRET, now=1000)


@pytest.mark.parametrize(
    "given",
    [
        headers(b"another body"),
        headers(key=b"another secret"),
        headers(at=1000 + SKEW + 1),
        headers() | {"webhook-timestamp": "1001"},
        headers() | {"webhook-timestamp": "²"},
        headers() | {"webhook-signature": ""},
        {},
    ],
)
def test_any_other_message_is_not(given: dict[str, str]) -> None:
    assert not genuine(BODY, given, secret=SECRET, now=1000)


def test_a_secret_that_is_no_secret_verifies_nothing() -> None:
    assert not genuine(BODY, headers(), secret="whsec_???", now=1000)
