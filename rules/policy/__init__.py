"""The numbers of the rules that policy may change: one dated file a rule."""
