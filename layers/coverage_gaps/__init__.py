"""Households outside every circle: what-if and siting."""
