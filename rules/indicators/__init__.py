"""What is asked about an institution and a month, not about a claim: shares, readmissions, stock."""
