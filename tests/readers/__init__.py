"""Every reader of what outsiders send, as a function of bytes: for coverage-guided fuzzing, and to bound what hostile input costs."""
