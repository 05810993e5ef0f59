"""Answers the settlement system and the reviewers."""
