"""Limits on what is billed: an item against the person, the place, the illness, the count and what stands beside it."""
