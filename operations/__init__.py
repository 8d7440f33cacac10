"""Commands for whoever runs a stack; docs/OPERATIONS.md says when."""
