"""Brings claims in from files of any size: a mapping says which column is which, and every row is accounted for."""
