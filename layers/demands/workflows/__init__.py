"""Workflows of counties: presets as they were published, and what a workflow has to keep. Pure."""
