"""AWS in dictionaries: the calls that this project makes, without requests, signatures or a parser, a hundred times as fast.

It stands where boto3's clients stand, so that everything above them runs as it is: the package's floor `aws/` with its retries, the
watch (permissions, faults) and the weather. What it does not know it refuses (`UnknownCall`, `TypeError`); `tests/infra` holds it and
moto to the same tests.
"""
