"""The console: what people who sign in see and do."""

from overtone.console.page_request import Console
from overtone.console.pages import (
    account,
    connections,
    deals,
    earnings,
    finance,
    home,
    licensees,
    money,
    office,
    operations,
    settlements,
    societies,
    statements,
    what_ifs,
    works,
)

console = Console(
    *(home.pages, earnings.pages, statements.pages, works.pages, deals.pages, account.pages, licensees.pages, societies.pages),
    *(office.pages, settlements.pages, finance.pages, money.pages, connections.pages, operations.pages, what_ifs.pages),
)
handler = console.handler
