"""Speaks the national platform's messages."""
