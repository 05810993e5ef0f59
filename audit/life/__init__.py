"""The life of a rule in one pooling area: its state, what it found, and what it would find."""
