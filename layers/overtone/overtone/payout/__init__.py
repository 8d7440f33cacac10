"""From lines to what people get: accounts, the journal, statements, and the files of a settlement."""
