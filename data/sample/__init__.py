"""Synthetic demonstration counties: a declaration of figures in, frames out. No database."""
