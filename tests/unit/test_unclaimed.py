"""What waits to be claimed, in the trade's own file."""

from overtone.formats.works import bwarm_shares, unclaimed
from overtone.money import NANO


def row(key: str, work_id: str, title: str) -> dict[str, str]:
    return {"work_key": key, "work_id": work_id, "title": title}


def test_each_work_stands_once_with_what_nobody_claims_and_how_much_it_is_used() -> None:
    rows = [row("isrc:SEABC2600001", "", ""), row("iswc:T0345246801", "song", "The\tSong"), row("isrc:SEABC2600001", "", "")]
    waiting = unclaimed.grouped(rows, [5, 100, 6])
    assert [(entry.work_key, entry.quantity) for entry in waiting] == [("isrc:SEABC2600001", 11), ("iswc:T0345246801", 100)]
    header, first, second, end = unclaimed.table(waiting, {"song": NANO * 3 // 4}).decode().split("\n")
    columns = header.removeprefix("#").split("\t")
    assert (len(columns), end) == (13, "")
    recording, song = (dict(zip(columns, line.split("\t"), strict=True)) for line in (first, second))
    assert (recording["ISRC"], recording["ResourceTitle"], recording["UnclaimedRightSharePercentage"]) == ("SEABC2600001", "UNKNOWN", "100")
    assert (song["MusicalWorkRecordId"], song["ResourceTitle"], song["UnclaimedRightSharePercentage"]) == ("song", "The Song", "25")
    assert (recording["PercentileForPrioritisation"], song["PercentileForPrioritisation"]) == ("50", "100")
    assert bwarm_shares.percentage(song["UnclaimedRightSharePercentage"]) == 25


def test_nothing_waits() -> None:
    assert unclaimed.table([], {}).count(b"\n") == 1
