"""Readers: files of every format become rows, with one list of faults."""
