"""A child that fails, in words from outside."""

raise ValueError("a\x1b[2J")
