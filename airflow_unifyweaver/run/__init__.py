"""The life of a run: its directory, plan, coordinator, worker, commit and recovery."""
