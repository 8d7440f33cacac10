"""Links to objects, as S3 takes them: signed for one method, bucket, key and time (Signature Version 4 in the query); else it says 403.

The arithmetic is that of the published algorithm, written a second time, so that links are held to it and not to the SDK that made them.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SIGNATURE: Final = "X-Amz-Signature"


def is_signed(query: str) -> bool:
    """Whether a request says that it is signed."""
    return _SIGNATURE in dict(parse_qsl(query, keep_blank_values=True))


def opens(method: str, host: str, path: str, query: str, now: datetime) -> bool:
    """Whether S3 would answer the request: signed by our credentials for exactly this, and still in time."""
    said = dict(parse_qsl(query, keep_blank_values=True))
    signature = said.pop(_SIGNATURE, "")
    try:
        signed_at = datetime.strptime(said["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        in_time = now <= signed_at + timedelta(seconds=int(said["X-Amz-Expires"]))
        access_key, day, region, service, ending = said["X-Amz-Credential"].split("/")
    except (KeyError, ValueError):
        return False
    ours = (access_key, service, ending) == (os.environ["AWS_ACCESS_KEY_ID"], "s3", "aws4_request")
    if not (ours and in_time and said.get("X-Amz-Algorithm") == ALGORITHM and said.get("X-Amz-SignedHeaders") == "host"):
        return False
    named = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(said.items()))
    canonical = "\n".join([method, quote(unquote(path), safe="/-_.~"), named, f"host:{host}", "", "host", "UNSIGNED-PAYLOAD"])
    scope = f"{day}/{region}/{service}/{ending}"
    text = "\n".join([ALGORITHM, said["X-Amz-Date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in (day, region, service, ending):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(key, text.encode(), "sha256").hex(), signature)
