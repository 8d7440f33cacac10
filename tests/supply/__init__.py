"""What the project is built on, looked at from outside: known faults of what we depend on, a bill of materials, secrets in the tree."""
