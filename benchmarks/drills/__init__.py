"""Programs that are killed, and disks that fill up, while people work."""
