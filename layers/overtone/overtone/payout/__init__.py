"""From lines to what people get: accounts, the journal, statements, and the files of a settlement.

It owns balances, recoupment, tax, invoices and what banks answered, all as values. It does not own a price, which a line already has, nor
the form of a file, which is `formats`'.
"""
