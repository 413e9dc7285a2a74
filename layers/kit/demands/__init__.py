"""What every floor knows of demands: their steps, their figures."""
