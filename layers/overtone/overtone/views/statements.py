"""A party's statement of a settlement, in every form: what was sealed, or made again from what was sealed."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson

from overtone.aws import buckets
from overtone.errors import NotFound, Rejected, TooLarge
from overtone.formats import licensor_reports
from overtone.payout import manifest, self_billing
from overtone.payout.statement import Statement
from overtone.stores import sealed_files
from overtone.stores import settlements as settlement_store
from overtone.views import settlements as settlement_view
from overtone.views.places import newest_first

FORMATS: Final = ("json", "csv", "html", "pdf", "members", "dsr", "ubl")
"""`members` is a society's distribution, with a line per member; `dsr` what one licensee used of a licensor's works, as DDEX has it;
`ubl` is the invoice that was written in the party's name."""
_DRAWN: Final = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
ANSWERED_BYTES_MAX: Final = 4_000_000
"""A larger statement is answered with a URL: Lambda's answer may have 6 MB."""
PDF_LINES_MAX: Final = 5_000
"""Lines of a PDF that is made on demand, within a request's 29 seconds."""
_LISTED: Final = ("settlement_id", "through", "sealed_at")
_FOLDER, _ENDING = "statements/", ".json"
_BEHIND: Final = " "
"""Between a settlement's place and a party's; no id has one."""


class StatementAnswer(NamedTuple):
    """A statement as content (JSON, or a drawn page or PDF with its media type), or where it can be read."""

    content: Any = None
    url: str = ""
    media_type: str = "application/json"


def listing(party_id: str, after: str, limit: int) -> list[tuple[str, dict[str, Any]]]:
    """Sealed settlements in which the party has a statement, the latest first, behind the place `after`; each with its place."""
    own = (entry for entry in newest_first(_sealed(), after) if sealed_files.lies(entry[1], f"{_FOLDER}{party_id}{_ENDING}"))
    return [(place, _listed(record, party_id)) for place, record in islice(own, limit)]


def listing_of_all(after: str, limit: int) -> list[tuple[str, dict[str, Any]]]:
    """Everybody's statements behind the place `after`: of the settlement that was sealed last first, by party; each with its place."""
    return list(islice(_of_all(after), limit))


def _of_all(after: str) -> Iterator[tuple[str, dict[str, Any]]]:
    reached, _, party = after.partition(_BEHIND)
    for place, record in newest_first(_sealed(), ""):
        if (reached and place > reached) or not sealed_files.keeps_people(record):
            continue
        behind = f"{_FOLDER}{party}{_ENDING}" if place == reached else ""
        for entry in settlement_view.files_behind(record, sealed_files.manifest_of(record), behind):
            if entry["name"].startswith(_FOLDER) and entry["name"].endswith(_ENDING):
                owner = manifest.party_of(entry["name"])
                yield f"{place}{_BEHIND}{owner}", _listed(record, owner)


def _sealed() -> dict[str, settlement_store.Settlement]:
    records = [record for record in settlement_store.all_records() if record["status"] == settlement_store.SEALED]
    return {f"{record['sealed_at']}#{record['settlement_id']}": record for record in records}


def _listed(record: settlement_store.Settlement, party_id: str) -> dict[str, Any]:
    return {name: record[name] for name in _LISTED} | {"party_id": party_id}


def view(record: settlement_store.Settlement, party_id: str, form: str, licensee: str = "", currency: str = "") -> StatementAnswer:
    """A party's statement in one of `FORMATS` (`dsr`: of one licensee's use, `ubl`: in one currency); raises `NotFound`, `Rejected`."""
    if form not in FORMATS:
        raise Rejected.at("format", f"{form!r} is no format of a statement; use {', '.join(FORMATS)}")
    if form == "members":
        return StatementAnswer(url=settlement_view.url(_found(record, party_id, f"societies/{party_id}.csv")))
    if form == "dsr":
        if not licensee:
            raise Rejected.at("licensee", "name the licensee whose use it reports; the statement names them")
        return StatementAnswer(url=settlement_view.url(_found(record, party_id, licensor_reports.name_of(party_id, licensee))))
    if form == "ubl":
        return StatementAnswer(url=settlement_view.url(_self_billed(record, party_id, currency)))
    if form in _DRAWN:
        return _drawn(record, party_id, form)
    key = _found(record, party_id, f"statements/{party_id}.{form}")
    if form == "json" and not _is_large(key):
        return StatementAnswer(orjson.loads(buckets.settlement().get(key)))
    return StatementAnswer(url=settlement_view.url(key))


def _self_billed(record: settlement_store.Settlement, party_id: str, currency: str) -> str:
    """The key of a party's self-billed invoice in a currency, which need not be named where there is one."""
    names = [str(entry["name"]) for entry in sealed_files.manifest_of(record)["files"]]
    start = f"{self_billing.FOLDER}/{party_id}-"
    own = [name for name in names if name.startswith(start) and len(name) == len(start) + len("EUR.xml") and name.endswith(".xml")]
    of_currency = [name for name in own if currency in {"", name[len(start) : -len(".xml")]}]
    if not of_currency:
        where = f" in {currency}" if own else ""
        raise NotFound(f"no invoice was written in the name of {party_id!r} there{where}; its record's tax.self_billing asks for them")
    if len(of_currency) > 1:
        written = ", ".join(sorted(name[len(start) : -len(".xml")] for name in own))
        raise Rejected.at("currency", f"invoices were written in {written}; name one of these currencies")
    return sealed_files.file_key(record, *of_currency)


def _drawn(record: settlement_store.Settlement, party_id: str, form: str) -> StatementAnswer:
    """A page or PDF as it was sealed, else drawn from the sealed JSON: the same bytes."""
    if sealed := sealed_files.named(record, f"statements/{party_id}.{form}"):
        return StatementAnswer(url=settlement_view.url(sealed))
    key = _found(record, party_id, f"statements/{party_id}.json")
    statement = Statement.parse(buckets.settlement().get(key))
    body = _html(statement) if form == "html" else _pdf(statement)
    if len(body) > ANSWERED_BYTES_MAX:
        raise TooLarge(
            f"the {form.upper()} has {len(body)} bytes, more than can be answered; take format={'html or ' * (form == 'pdf')}csv"
        )
    return StatementAnswer(body, media_type=_DRAWN[form])


def _html(statement: Statement) -> bytes:
    from overtone.formats import statement_html  # noqa: PLC0415 - templates, which no other request needs

    return statement_html.render(statement).encode()


def _pdf(statement: Statement) -> bytes:
    from overtone.formats import statement_pdf  # noqa: PLC0415 - fonts and shaping, which no other request needs

    if statement.rows > PDF_LINES_MAX:
        raise TooLarge(f"the statement has {statement.rows} lines, more than the {PDF_LINES_MAX} of a PDF; take format=html or csv")
    return statement_pdf.render(statement)


def _is_large(key: str) -> bool:
    stored = buckets.settlement().head(key)
    return stored is not None and stored.size > ANSWERED_BYTES_MAX


def _found(record: settlement_store.Settlement, party_id: str, name: str) -> str:
    if (key := sealed_files.named(record, name)) is None:
        raise NotFound(f"settlement {record['settlement_id']} moved nothing of {party_id!r}, so there is no {name}")
    return key
