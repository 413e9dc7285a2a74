"""Pure answers: who is outside, why, what would change it, who is visited in which order."""
