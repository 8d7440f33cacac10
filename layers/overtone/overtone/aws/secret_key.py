"""The key that seals sessions of people who sign in: made by Secrets Manager, read once by each process."""

import hashlib
from functools import lru_cache
from typing import Final

from overtone.aws import clients

_PURPOSE: Final = b"overtone session key 1:"


@lru_cache(maxsize=1)
def session_key(arn: str) -> bytes:
    """Thirty-two bytes that only this stack's console knows, from the long random text of the secret."""
    text = clients.secretsmanager().get_secret_value(SecretId=arn)["SecretString"]
    return hashlib.sha256(_PURPOSE + text.encode()).digest()
