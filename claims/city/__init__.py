"""A seeded made-up city that writes its claims as a stranger's export files."""
