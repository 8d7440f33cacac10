"""What a caller reads. Views never write."""
