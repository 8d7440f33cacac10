"""Overtone's API from Python.

    from overtone_client import Client, MachineToken

    with Client("https://…", MachineToken(token_url, client_id, secret)) as overtone:
        receipt = overtone.post_usage("2026-10-03-0007", records)

`AsyncClient` has the same calls, to be awaited. What the API refuses is raised as a `Problem`; what may be sent again is sent again.
"""

from overtone_client.answers import (
    Clearance,
    Completeness,
    Event,
    Explanation,
    FileEntry,
    Page,
    Receipt,
    RefusedRecord,
    Settlement,
    Statement,
    Whoami,
)
from overtone_client.client import AsyncClient, Client
from overtone_client.downloads import Mismatch, download
from overtone_client.patience import Patience
from overtone_client.posting import FileReceipt, Journal, post_file
from overtone_client.problems import NotReached, OvertoneError, Problem, SignInFailed
from overtone_client.tokens import FixedToken, LocalToken, MachineToken, PersonToken

__all__ = [
    "AsyncClient",
    "Clearance",
    "Client",
    "Completeness",
    "Event",
    "Explanation",
    "FileEntry",
    "FileReceipt",
    "FixedToken",
    "Journal",
    "LocalToken",
    "MachineToken",
    "Mismatch",
    "NotReached",
    "OvertoneError",
    "Page",
    "Patience",
    "PersonToken",
    "Problem",
    "Receipt",
    "RefusedRecord",
    "Settlement",
    "SignInFailed",
    "Statement",
    "Whoami",
    "download",
    "post_file",
]
