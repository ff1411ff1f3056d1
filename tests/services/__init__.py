"""Real services for tests: daemons on free ports with private folders, which end with the test session."""
