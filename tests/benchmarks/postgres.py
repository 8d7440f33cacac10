"""PostgreSQL as a contender: a throw-away cluster in a temporary folder, one process without a server, whose CPU is ours to read.

`postgres --single` takes SQL from its input and ends with it: nothing listens, nothing is left running. It refuses to be root, so
root makes the folder over to an account without rights.
"""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

ACCOUNTS: Final = ("postgres", "nobody")
"""Of which root takes the first that exists."""
_SETTINGS: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "8GB",
    "shared_buffers": "1GB",
    "work_mem": "2GB",
    "hash_mem_multiplier": "1",
    "maintenance_work_mem": "1GB",
    "log_min_messages": "error",
    "dynamic_shared_memory_type": "mmap",
}


def programs() -> Path | None:
    """Where `initdb` and `postgres` are, if they are installed."""
    folders = [Path(found).resolve().parent for found in [shutil.which("initdb")] if found]
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


def absence() -> str:
    """Why PostgreSQL is left out; "" where it is not."""
    if programs() is None:
        return "PostgreSQL's initdb and postgres were not found"
    if os.geteuid() == 0 and _account() is None:
        return f"PostgreSQL refuses to be run by root, and there is no account {' or '.join(ACCOUNTS)}"
    return ""


def _account() -> pwd.struct_passwd | None:
    known = {one.pw_name: one for one in pwd.getpwall()}
    return next((known[name] for name in ACCOUNTS if name in known), None)


class Cluster:
    """A database in a folder of its own, which `folder` must not yet hold."""

    def __init__(self, folder: Path) -> None:
        self._programs = programs()
        self._data = folder / "cluster"
        self._as: dict[str, Any] = {"cwd": "/"}
        folder.mkdir(parents=True)
        account = _account() if os.geteuid() == 0 else None
        if account is not None:
            os.chown(folder, account.pw_uid, account.pw_gid)
            self._as |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self._run("initdb", "-D", str(self._data), "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def _run(self, program: str, *arguments: str, told: str = "") -> None:
        command = [f"{self._programs}/{program}", *arguments]
        done = subprocess.run(command, input=told, capture_output=True, text=True, check=False, **self._as)  # noqa: S603
        if done.returncode or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
            raise RuntimeError(f"{program}: {done.stderr[-2000:]}")

    def run(self, statements: Iterable[str]) -> None:
        """Some statements, one after the other."""
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        lines = [" ".join(statement.split()) for statement in statements]
        self._run("postgres", "--single", "-D", str(self._data), *settings, "postgres", told="\n".join([*lines, ""]))
