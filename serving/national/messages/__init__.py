"""The fields of each message, one file a subject."""
