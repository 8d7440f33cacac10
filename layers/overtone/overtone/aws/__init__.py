"""The only place that knows boto3: clients, tables, buckets, queues, keys and attributes.

It owns how a key is made and parsed, how a write is tried again, and how long a call may take. It does not know usage, works or money.
"""
