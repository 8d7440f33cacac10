"""Works by the file: what each format says of a work, as a draft of what to register, and a report of what became of it."""
