"""Owners' words in the open forms that crawlers and labs read, and such statements read back.

- CAWG Training and Data Mining Assertion 1.1: a map of entries, each `allowed`, `notAllowed` or `constrained`.
- RSL 1.0 (https://rslstandard.org/rsl): `rsl > content > license > permits, prohibits, payment`.
- AIPREF (draft-ietf-aipref-vocab, draft-ietf-aipref-attach): a `Content-Usage` dictionary with `train-ai`.

All three speak of training alone; what owners say of outputs has no word there and is left out. Silence is no statement, and a
limit, which only CAWG can say, is no permission in the others.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, NamedTuple
from xml.sax.saxutils import quoteattr

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from overtone.errors import Malformed, Rejected
from overtone.money import format_share
from overtone.rights.registry import Permission

RSL: Final = "https://rslstandard.org/rsl"
RSL_MEDIA_TYPE: Final = "application/rsl+xml"
CAWG_LABEL: Final = "cawg.training-mining"
_ENTRIES: Final = ("cawg.ai_generative_training", "cawg.ai_training")
_USES: Final = {"allow": "allowed", "deny": "notAllowed", "limit": "constrained"}
_TRAINING_USAGES: Final = frozenset({"all", "ai-all", "ai-train"})
STATEMENT_BYTES_MAX: Final = 256 * 1024

Word = Literal["allow", "deny"]


class Said(NamedTuple):
    """What a work's owners say of training, to whoever asks; `url` is where the work is registered."""

    url: str
    training: Permission


def cawg(training: Permission) -> dict[str, Any]:
    """The assertion; without entries where the owners are silent."""
    entries: dict[str, dict[str, str]] = {}
    if training.default is not None:
        entry = {"use": _USES[training.default]}
        if training.max_share is not None:
            entry["constraint_info"] = f"at most {format_share(training.max_share)} of the weight of a training run"
        entries = {name: dict(entry) for name in _ENTRIES}
    return {"label": CAWG_LABEL, "data": {"entries": entries}}


def aipref(training: Permission) -> str:
    """The value of `Content-Usage`, or "" where the owners are silent."""
    return {None: "", "allow": "train-ai=y"}.get(training.default, "train-ai=n")


def rsl(works: Iterable[Said]) -> str:
    """The document: what may be trained on is paid for by training, under a deal."""
    contents = "".join(_content(said) for said in works if said.training.default is not None)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rsl xmlns="{RSL}">\n{contents}</rsl>\n'


def _content(said: Said) -> str:
    allowed = said.training.default == "allow"
    word = "permits" if allowed else "prohibits"
    payment = '<payment type="training"/>' if allowed else ""
    return f'  <content url={quoteattr(said.url)}><license><{word} type="usage">ai-train</{word}>{payment}</license></content>\n'


# --- reading


def read_cawg(statement: object) -> Word:
    """What an assertion says of training; raises `Rejected` where it says nothing that can be taken over as it is."""
    data = statement.get("data", statement) if isinstance(statement, Mapping) else None
    entries = data.get("entries") if isinstance(data, Mapping) else None
    if not isinstance(entries, Mapping):
        raise Rejected("no CAWG assertion: expected data.entries, a map of entries with `use`")
    uses = {entries[name].get("use") for name in _ENTRIES if isinstance(entries.get(name), Mapping)}
    if "notAllowed" in uses:
        return "deny"
    if uses == {"allowed"}:
        return "allow"
    raise Rejected("the assertion neither allows nor forbids training as such; say it in permissions.training yourself")


def read_rsl(raw: bytes) -> Word:
    """What the first content's licences say of training; raises `Malformed`, `Rejected`."""
    if len(raw) > STATEMENT_BYTES_MAX:
        raise Malformed(f"an RSL statement of {len(raw)} bytes exceeds {STATEMENT_BYTES_MAX}; send the one content that is about the work")
    try:
        root = ElementTree.fromstring(raw)
    except (ElementTree.ParseError, DefusedXmlException, LookupError, ValueError) as error:  # an encoding that nobody knows is looked up
        raise Malformed(f"the statement is no XML: {error}") from error
    contents = root.findall(f"{{{RSL}}}content")
    if len(contents) != 1:
        raise Rejected(f"expected one content in the namespace {RSL}, found {len(contents)}")
    words = {word: _usages(contents[0], word) for word in ("permits", "prohibits")}
    if words["prohibits"] & _TRAINING_USAGES:
        return "deny"
    if words["permits"] & _TRAINING_USAGES:
        return "allow"
    raise Rejected("the statement neither permits nor prohibits ai-train")


def _usages(content: Any, word: str) -> set[str]:  # noqa: ANN401 - an element
    found = content.iterfind(f"{{{RSL}}}license/{{{RSL}}}{word}")
    return {
        usage for element in found if element.get("type", "usage") == "usage" for usage in (element.text or "").replace(",", " ").split()
    }
