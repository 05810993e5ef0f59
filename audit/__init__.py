"""Keeps the queue, cases, verdicts and sanctions, so that everything can be shown and replayed."""
