"""The reviewers' pages: plain HTML and one style sheet, no script, nothing from outside."""
