"""`make supply`: audits what is pinned, writes `out/sbom.json` (CycloneDX) and looks for secrets in every file that git knows."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent.parent
TOOLS: Final = Path(os.environ.get("PROOF_TOOLS", ROOT / ".venv" / "proof" / "bin"))
PINNED: Final = ("layers/deps/requirements.txt", "layers/deps/pdf.txt", "requirements-dev.txt", "requirements-proof.txt")
SHIPPED: Final = PINNED[:2]
BASELINE: Final = "tests/supply/secrets.json"
"""What the scan takes for secrets and is none, each looked at: hashes of pinned packages, tokens of tests, examples."""
_MOVED: Final = 3
"""What the scan ends with where something that is known stands on another line: it writes that down in its baseline, here a copy."""


def run(name: str, *said: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(TOOLS / name), *said], cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603


def audited() -> bool:
    """Nothing that is pinned has a fault that is known; where nobody can be asked, that is said."""
    good = True
    for pinned in PINNED:
        done = run("pip-audit", "--disable-pip", "--require-hashes", "--format", "json", "-r", pinned)
        try:
            found = json.loads(done.stdout)["dependencies"]
        except (ValueError, KeyError):
            print(f"{pinned}: not audited: {done.stderr.strip().splitlines()[-1:] or 'no answer'}")
            continue
        asked = [one for one in found if "skip_reason" not in one]
        bad = [f"{one['name']} {one['version']}: {fault['id']}" for one in asked for fault in one["vulns"]]
        if not asked:
            print(f"{pinned}: not audited: the service knows none of its {len(found)} packages, so it was not reached")
        else:
            print(f"{pinned}: {len(asked)} of {len(found)} packages audited, {len(bad)} known faults", *bad, sep="\n")
        good = good and not bad
    return good


def listed() -> bool:
    """The bill of materials of what is deployed."""
    (ROOT / "out").mkdir(exist_ok=True)
    together = ROOT / "out" / "shipped.txt"
    together.write_text("".join((ROOT / lock).read_text(encoding="utf-8") for lock in SHIPPED), encoding="utf-8")
    done = run("cyclonedx-py", "requirements", str(together), "--output-reproducible", "--of", "JSON", "-o", "out/sbom.json")
    if done.returncode:
        print(done.stderr[-500:])
        return False
    print(f"out/sbom.json: {len(json.loads((ROOT / 'out' / 'sbom.json').read_text(encoding='utf-8'))['components'])} components")
    return True


def searched() -> bool:
    """No file that git knows holds what looks like a secret, but for what the baseline names."""
    names = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()  # noqa: S607
    names = [name for name in names if name != BASELINE and not name.endswith(".txt") and not (ROOT / name).is_symlink()]
    (ROOT / "out").mkdir(exist_ok=True)
    known = shutil.copy(ROOT / BASELINE, ROOT / "out" / "secrets.json")
    done = run("detect-secrets-hook", "--baseline", str(known), *names)
    good = done.returncode in {0, _MOVED}
    print(f"no secrets in {len(names)} files" if good else done.stdout[-2000:])
    return good


if __name__ == "__main__":
    sys.exit(0 if all([audited(), listed(), searched()]) else 1)
