"""Where the next stations should go: choices, bounds, proofs."""
