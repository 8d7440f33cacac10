"""What only a deployed stack can prove: `python -m tests.e2e --stack overtone`."""
