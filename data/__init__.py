"""Every table and all SQL: engine, embedded server, reads, writes, importers, sample towns."""
