"""Plans from a draft to a plan in force: heads, log, approval, publishing."""
