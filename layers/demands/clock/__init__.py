"""The clock of a demand: a pure function of its events, the calendar and the workflow."""
