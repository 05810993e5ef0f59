"""Asks all rules about a past period, in bounded memory: the claims are cut into parts that hold whole persons."""
