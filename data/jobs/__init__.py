"""Work that runs behind a page: the queue, its rows, and what became of them."""
