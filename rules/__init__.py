"""Says what policy forbids, one rule a file, each with its legal source and dates."""
