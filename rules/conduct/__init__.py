"""How persons, staff and institutions behave: who, when, where, how often, and what the records say about it."""
