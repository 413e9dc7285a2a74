"""The demand ledger."""
