"""Reads the published knowledge tables as they are, and keeps their points with the dates on which they hold."""
