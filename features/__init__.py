"""Turns what was known at a moment into named columns."""
