"""What is kept, read and written as typed records. Stores never decide: rules are in the pure packages, use cases in `steps`."""
