"""The independent judge of plans. Pure; shares no code with what makes plans."""
