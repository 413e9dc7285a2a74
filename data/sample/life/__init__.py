"""What people ask for, who answers, where stations are."""
