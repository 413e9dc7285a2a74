"""``--as demands``: the ledger of another system, with the history of each demand."""
