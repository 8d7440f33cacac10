"""What the contract says and was not so: found by a script that knew its sentences and not the code."""

from __future__ import annotations

from typing import Final

from tests.mutation.bug import Bug, bug

CONTRACT: Final[tuple[Bug, ...]] = (
    bug(
        "a line that takes all back has no title",
        "settlement/line_columns.py",
        "titles=[title or (work_id and title_of(work_id)) for title, work_id in named]",
        "titles=[title for title, work_id in named]",
        "integration/test_settlement_adjustments",
    ),
    bug(
        "works that only lines taken back name are not looked up",
        "stores/month_facts.py",
        "    if not missing:\n        return known\n    works = _with",
        "    if missing:\n        return known\n    works = _with",
        "integration/test_settlement_adjustments",
    ),
    bug(
        "finance that names nobody lists its own statements alone",
        "api/routes/statements.py",
        'if standing.is_office(request.caller, request.query.get("party_id")):',
        "if not standing:",
        "integration/test_lists",
    ),
    bug(
        "a page of everybody's statements loses the rest of its settlement's",
        "views/statements.py",
        "if (reached and place > reached)",
        "if (reached and place >= reached)",
        "integration/test_lists",
    ),
    bug(
        "a month or currency that is none is a filter that nothing fits",
        "api/paging.py",
        "if isinstance(said, Spelling) and name in query:",
        "if isinstance(said, Spelling) and name not in query:",
        "integration/test_lists",
    ),
    bug(
        "a provider is shown what others sent for its licensee",
        "stores/senders.py",
        'if entry[1].get("sender") == sender:',
        'if entry[1].get("sender") != "":',
        "integration/test_lists",
    ),
    bug(
        "whoever names a licensee reads what is sent for it",
        "api/routes/receipts.py",
        "if named and senders.may_have_sent(caller.party_id, named):",
        "if named:",
        "integration/test_lists",
    ),
    bug(
        "the same again is counted as replaced once its revision is",
        "facts/accrual.py",
        "if row != first:",
        "if row != first and records.revision[row] == top:",
        "unit/test_accrual",
    ),
    bug(
        "among many records the same again is counted as replaced once its revision is",
        "facts/duplicates.py",
        "_changes(owners, order), _changes([*owners, revision[rows]], order)",
        "_changes(owners, order), revision[rows][order] < revision[rows].max()",
        "unit/test_orders",
    ),
    bug(
        "a schema that stands under two names has the words of the first",
        "api/openapi.py",
        "properties[name] = part | {",
        "part |= {",
        "infra/test_api",
    ),
)
