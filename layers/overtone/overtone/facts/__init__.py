"""What is reported and how it is kept: usage, disclosures, training runs; and its accrual, without a price."""
