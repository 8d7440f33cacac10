"""The only place that knows boto3: clients, tables, buckets, keys and attributes. It knows nothing of usage, works or money."""
