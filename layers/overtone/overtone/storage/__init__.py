"""The only place that knows boto3, tables, buckets and keys."""
