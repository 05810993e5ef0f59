"""Closed day: medians, peers and learned frequencies of whole months, written once and read as they were then.

A table is learned from the settlements of the three full months before its `data_until`, as far as they were known
by then, and may be read by claims known from its `available_at` on. It never changes, so that training meets what
service met. Values are integers (counts, sums, lower medians); ratios and smoothing are made when they are read.
"""
