"""Writes small BWARM feeds for the tests: tables with their first lines, a manifest with counts and digests, in a zip."""

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence

COLUMNS = {
    "musicalworks.tsv": "MusicalWorkRecordId ISWC MusicalWorkTitle LanguageAndScriptCode OpusNumber ComposerCatalogNumber NominalDuration "
    "HasRightShareInDispute TerritoryOfPublicDomain IsArrangementOfTraditionalWork",
    "parties.tsv": "PartyRecordId ISNI IpiNameNumber CisacSocietyId DPID FullName NamesBeforeKeyName KeyName",
    "musicalworkrightshares.tsv": "MusicalWorkRightShareRecordId MusicalWorkRecordId PartyRecordId PartyRole RightSharePercentage "
    "RightShareType RightsType ValidityStartDate ValidityEndDate PrecedingMusicalWorkRightShareRecordId TerritoryCode UseType",
    "resources.tsv": "ResourceRecordId ResourceType ISRC Title LanguageAndScriptCode SubTitle DisplayArtistName",
    "workresourcelinks.tsv": "LinkRecordId MusicalWorkId ResourceRecordId",
}
TYPES = {"musicalworks.tsv": "MusicalWorks", "parties.tsv": "Parties", "musicalworkrightshares.tsv": "MusicalWorkRightShares"}
Table = Sequence[Mapping[str, str]]


def table(name: str, rows: Table, *, header: bool = True) -> bytes:
    columns = COLUMNS[name].split()
    lines = ["#" + "\t".join(columns)] if header else []
    lines += ["\t".join(row.get(column, "") for column in columns) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def feed(tables: Mapping[str, Table], *, header: bool = True, manifest: bool = True) -> bytes:
    files = {name: table(name, rows, header=header) for name, rows in tables.items()}
    stated = ["#DataFeedVersionId\tAvsVersionId\tDataFeedSender", "2.0\t6\tThe sender", "#TableType\tFileName\tNumberOfLines\tMD5"]
    for name, body in files.items():
        digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
        stated.append(f"{TYPES.get(name, name)}\t{name}\t{len(tables[name])}\t{digest}")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(f"feed/{name}", body)
        if manifest:
            archive.writestr("feed/BWARM_Manifest_PADPIDA1_20240508.tsv", "\n".join([*stated, "EOF"]))
    return out.getvalue()


def share(number: int, work: str, party: str, percent: str, **more: str) -> dict[str, str]:
    said = {
        "MusicalWorkRightShareRecordId": f"R{number}",
        "MusicalWorkRecordId": work,
        "PartyRecordId": party,
        "PartyRole": "OriginalPublisher",
    }
    said |= {"RightSharePercentage": percent, "RightShareType": "MusicalWorkCollectionShare", "TerritoryCode": "Worldwide"}
    return said | more


def work(name: str, title: str, iswc: str = "", **more: str) -> dict[str, str]:
    return {"MusicalWorkRecordId": name, "MusicalWorkTitle": title, "ISWC": iswc, "HasRightShareInDispute": "FALSE"} | more


def party(name: str, full: str, ipi: str = "") -> dict[str, str]:
    return {"PartyRecordId": name, "FullName": full, "IpiNameNumber": ipi}
