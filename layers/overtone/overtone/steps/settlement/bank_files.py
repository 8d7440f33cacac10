"""The money-out side of a settlement: each payment that goes by a bank file stands in the one of its method and currency."""

from collections import defaultdict
from typing import NamedTuple

from overtone.formats.bank import ach, pain001
from overtone.formats.bank.ach import AchCredit, AchPayer
from overtone.formats.bank.pain001 import Payer, Transfer
from overtone.payout.accounts import PAID, Account
from overtone.payout.banking_days import next_banking_day
from overtone.payout.files import Outbound
from overtone.payout.manifest import Head
from overtone.payout.payment import ACH
from overtone.rights.registry import Party
from overtone.scales import ZERO_PICO


class Payers(NamedTuple):
    """The accounts that money leaves from; a method without one is paid by hand. `payments_max`: what one file may hold."""

    transfers: Payer | None = None
    ach: AchPayer | None = None
    payments_max: int = pain001.PAYMENTS_MAX

    @property
    def methods(self) -> frozenset[str]:
        """The methods that bank files are written for."""
        return frozenset((["sepa", "swift"] if self.transfers else []) + (["ach"] if self.ach else []))


class BankFiles:
    """Collects payments and writes the files, each as soon as it is full."""

    def __init__(self, head: Head, payers: Payers, out: Outbound) -> None:
        self._head, self._payers, self._out = head, payers, out
        self._written: defaultdict[str, int] = defaultdict(int)
        self._transfers: defaultdict[str, list[Transfer]] = defaultdict(list)
        self._ach: list[AchCredit] = []
        self._ach_sum = ZERO_PICO
        self._days: dict[str, str] = {}

    def add(self, account: Account, party: Party | None) -> None:
        """One row of `payments.csv`, which learns its file and its day; those that are paid by hand or not at all are left out."""
        if not self.date(account) or party is None or party.payout is None:
            return
        to = party.payout
        name = str(to.holder or account.name)
        if to.method == ACH:
            if self._ach_sum + account.paid > ach.FILE_MAX:
                self._write_ach()
            self._ach_sum += account.paid
            account.bank_file = _ach_name(self._written[ACH] + 1)
            number = (to.routing_number or "", to.account_number or "", to.account_type)
            self._ach.append(AchCredit(account.payment_id, name, *number, account.paid, is_person=party.kind == "creator"))
            if len(self._ach) == self._payers.payments_max:
                self._write_ach()
            return
        text = f"Royalties {self._head.settlement_id} {self._head.through}"
        transfers = self._transfers[account.currency]
        account.bank_file = _name(pain001.label(account.currency, self._written[account.currency] + 1))
        where = to.iban or to.account_number or "", to.bic or ""
        transfers.append(Transfer(account.payment_id, name, *where, account.paid, text, to.method))
        if len(transfers) == self._payers.payments_max:
            self._write(account.currency)

    def date(self, account: Account) -> bool:
        """Whether an account is paid by a bank file; then it learns the day on which the bank is asked to."""
        if account.status != PAID or not account.paid:
            return False
        account.pay_day = self._day(account.currency)
        return True

    def _day(self, currency: str) -> str:
        if currency not in self._days:
            self._days[currency] = next_banking_day(self._head.cutoff, currency).isoformat()
        return self._days[currency]

    def write(self) -> None:
        """The files that are not full."""
        for currency, transfers in sorted(self._transfers.items()):
            if transfers:
                self._write(currency)
        if self._ach:
            self._write_ach()

    def _write_ach(self) -> None:
        self._written[ACH] += 1
        number = self._written[ACH]
        if self._payers.ach is not None:
            content = ach.build(self._head.settlement_id, self._head.cutoff, self._payers.ach, self._ach, number)
            self._out.put(_ach_name(number), content, len(self._ach))
        self._ach, self._ach_sum = [], ZERO_PICO

    def _write(self, currency: str) -> None:
        """The next file of a currency: it has as many as its payments need."""
        transfers = self._transfers.pop(currency)
        self._written[currency] += 1
        labelled = pain001.label(currency, self._written[currency])
        if self._payers.transfers is not None:
            content = pain001.build(self._head.settlement_id, labelled, self._head.cutoff, self._payers.transfers, transfers)
            self._out.put(_name(labelled), content, len(transfers))


def _ach_name(number: int) -> str:
    return f"ach-{pain001.label('USD', number)}.txt"


def _name(labelled: str) -> str:
    return f"pain001-{labelled}.xml"
