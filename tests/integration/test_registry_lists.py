"""Works and parties are found by what names them and listed in pages."""

from urllib.parse import quote

from local.stack import Stack
from overtone.api.paging import PAGE_DEFAULT
from tests.integration.registering import WORK, get, put


def test_works_are_found_by_what_names_them_and_by_whose_they_are(registered: Stack) -> None:
    shares = [{"party": "ann", "share": "0.5"}, {"party": "bob", "share": "0.5"}]
    for n in range(3):
        put(registered, f"works/w-{n}", WORK | {"identifiers": [f"isrc:SEABC260000{n}"], "shares": shares}, "ann")
    found = get(registered, "works?identifier=ISRC:se-abc-26-00001", "fox").json()
    assert [work["id"] for work in found["items"]] == ["w-1"]
    assert get(registered, "works?identifier=isrc:SEABC2600009", "fox").json() == {"items": [], "next_cursor": None}
    for path, party, scope in [("works", "bob", "statements.read"), ("works?party=bob", None, "finance")]:
        assert [work["id"] for work in get(registered, path, party, scope).json()["items"]] == ["w-0", "w-1", "w-2"]
    first = get(registered, "works?limit=1", "bob").json()
    rest = get(registered, f"works?cursor={first['next_cursor']}", "bob").json()
    assert [[work["id"] for work in page["items"]] for page in (first, rest)] == [["w-0"], ["w-1", "w-2"]]
    assert rest["next_cursor"] is None
    assert get(registered, "works?party=bob", "ann").status == 403
    assert get(registered, "works", None).status == 403
    assert get(registered, "works?identifier=SEABC2600001", "ann").status == 422


def test_works_are_found_by_all_that_is_asked_of_them(registered: Stack) -> None:
    """A party beside a title filtered nothing: others' songs of that name stood among its own."""
    for name, party in (("a-1", "ann"), ("a-2", "ann"), ("b-1", "bob")):
        shares = [{"party": party, "share": "1"}]
        body = {"title": f"Love {name}", "kind": "recording", "identifiers": [f"isrc:SEABC2600{ord(name[0])}{name[2]}"], "shares": shares}
        assert put(registered, f"works/{name}", body, party).status == 201

    def ids(query: str, party: str | None = "ann", scope: str = "statements.read") -> list[str]:
        return [work["id"] for work in get(registered, f"works?{query}", party, scope).json()["items"]]

    assert (ids("title=love"), ids("title=love&party=ann")) == (["a-1", "a-2", "b-1"], ["a-1", "a-2"])
    assert ids("title=love&party=bob", None, "finance") == ["b-1"]
    assert (ids("identifier=isrc:SEABC2600981&party=ann"), ids("identifier=isrc:SEABC2600981")) == ([], ["b-1"])
    assert ids("identifier=isrc:SEABC2600971&title=hate") == []
    assert get(registered, "works?title=love&party=bob", "ann").status == 403


def test_a_long_list_of_works_goes_on_where_it_ended(registered: Stack) -> None:
    rows = "".join(f"w-{n:03d},Song,ann:1\n" for n in range(PAGE_DEFAULT + 1))
    registered.http(
        "POST",
        "/v1/works:import",
        party="ann",
        scope="registry.write",
        body=f"work_id,title,shares\n{rows}",
        headers={"content-type": "text/csv"},
    )
    first = get(registered, "works", "ann").json()
    assert (len(first["items"]), first["items"][-1]["id"]) == (PAGE_DEFAULT, f"w-{PAGE_DEFAULT - 1:03d}")
    rest = get(registered, f"works?cursor={first['next_cursor']}", "ann").json()
    assert ([work["id"] for work in rest["items"]], rest["next_cursor"]) == ([f"w-{PAGE_DEFAULT:03d}"], None)


def test_works_are_found_by_words_of_their_titles(registered: Stack) -> None:
    titles = {"t-1": "Små grodorna", "t-2": "The Little Frogs (Små grodorna)", "t-3": "Grodor"}
    for name, title in titles.items():
        assert put(registered, f"works/{name}", {"title": title, "kind": "recording"}, "bob").status == 201
    renamed = {"title": "Frogs", "kind": "recording"}
    put(registered, "works/t-1", renamed, "bob")

    def ids(query: str) -> list[str]:
        return [work["id"] for work in get(registered, f"works?{query}", "fox", "disclosures.write").json()["items"]]

    assert (ids("title=GRODORNA"), ids("title=sma%20little"), ids("title=frogs"), ids("title=!")) == (["t-2"], ["t-2"], ["t-1", "t-2"], [])
    page = get(registered, "works?title=frogs&limit=1", "fox", "disclosures.write").json()
    assert [work["id"] for work in page["items"]] == ["t-1"]
    assert ids(f"title=frogs&cursor={page['next_cursor']}") == ["t-2"]
    refused = get(registered, "works?titel=frogs", "fox", "disclosures.write")
    assert (refused.status, "known are cursor, identifier, limit, party, title" in refused.json()["detail"]) == (400, True)


def test_finance_lists_all_parties_and_works_and_others_their_own(registered: Stack) -> None:
    assert put(registered, "works/l-1", {"title": "Listed", "kind": "recording"}, "bob").status == 201
    everybody = get(registered, "parties", None, "finance").json()["items"]
    assert [party["id"] for party in everybody] == sorted(party["id"] for party in everybody)
    assert {"ann", "bob", "fox"} <= {party["id"] for party in everybody}
    assert [party["id"] for party in get(registered, "parties", "bob").json()["items"]] == ["bob"]
    pages, cursor = [], ""
    while True:
        page = get(registered, f"parties?limit=1{cursor}", None, "finance").json()
        pages += [party["id"] for party in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert pages == [party["id"] for party in everybody]
    assert [work["id"] for work in get(registered, "works", None, "finance").json()["items"]] == ["l-1"]


def test_a_title_in_styled_letters_is_found_by_plain_ones_and_the_reverse(registered: Stack) -> None:
    """Styles were undone after the case, so that styled capitals stayed capitals, which nobody's word was."""
    styles = {
        "m-1": "\N{MATHEMATICAL BOLD CAPITAL H}\N{MATHEMATICAL BOLD SMALL A}rbour",
        "m-2": "".join(chr(ord(c) + 0xFEE0) for c in "HARBOUR") + " ﬁre",
        "m-3": "harbour",
    }
    for name, title in styles.items():
        assert put(registered, f"works/{name}", {"title": title, "kind": "recording"}, "bob").status == 201
    table = registered.table("RegistryTable")
    for item in registered.items("RegistryTable", "TITLE#"):
        if item["sk"] == "m-2":  # as an earlier version kept it
            table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
            table.put_item(Item=item | {"pk": item["pk"].replace("#harbour#", "#HARBOUR#")})

    def ids(title: str) -> list[str]:
        return [work["id"] for work in get(registered, f"works?title={quote(title)}", "fox", "disclosures.write").json()["items"]]

    assert ids("Harbour") == ids("harbour") == ids(styles["m-1"]) == ["m-1", "m-2", "m-3"]
    assert ids(styles["m-2"]) == ids("fire harbour") == ["m-2"]
