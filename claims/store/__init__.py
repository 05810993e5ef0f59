"""Keeps everything in one PostgreSQL: starts it, brings its tables up to date, reads and writes columns."""
