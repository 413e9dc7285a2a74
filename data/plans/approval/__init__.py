"""The way of a plan to approval."""
