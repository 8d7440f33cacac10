"""What is reported and how it is kept: usage, disclosures, training runs, revenue; and its accrual, without a price.

It owns what a fact may say, when two facts are the same, and which of them count. It does not own who a work belongs to, nor what a use
costs: the same facts accrue to the same rows whoever is registered.
"""
