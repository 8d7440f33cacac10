"""One record in two places is seen whatever the order of pages, and a void is no place."""

from overtone.facts import sheets
from overtone.facts.elsewhere import RecordStanding
from overtone.facts.usage import Records


def page(*rows: tuple[str, str, str, int, int]) -> Records:
    told = [
        {
            "record_id": name,
            "subject": subject,
            "use": "stream",
            "used_on": day,
            "revision": revision,
            "quantity": quantity,
            "territory": "SE",
        }
        for name, subject, day, revision, quantity in rows
    ]
    return sheets.check(sheets.read_rows(told), "fox", "2026-10-03").records


def test_ids_that_count_in_two_places_are_told_with_the_highest_revision_first() -> None:
    standing = RecordStanding({"a", "b", "c"})
    standing.add(
        page(("a", "output:x", "2026-10-01", 0, 5), ("b", "output:x", "2026-10-01", 0, 5), ("d", "output:x", "2026-10-01", 0, 1)), "b-1"
    )
    standing.add(
        page(("a", "output:y", "2026-10-01", 1, 7), ("b", "output:x", "2026-10-02", 1, 2), ("c", "output:x", "2026-10-02", 0, 2)), "b-1"
    )
    standing.add(page(("b", "output:x", "2026-10-01", 1, 0)), "b-1")
    ((name, places),) = list(standing.elsewhere())
    assert (name, [(place.subject, place.revision, place.quantity) for place in places]) == ("a", [("output:y", 1, 7), ("output:x", 0, 5)])
    assert places[0].to_json() == {"used_on": "2026-10-01", "subject": "output:y", "revision": 1, "quantity": 7}
