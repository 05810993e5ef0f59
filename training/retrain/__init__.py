"""Retrains once a month: checks, learns, compares with the champion, and promotes or refuses with the reason."""
