"""The demand ledger on the map: heat over a range of time."""
