"""Work behind a page: the workers of this process, and papers that come of it."""
