"""The formats of others: MCAP, HAR, a test for pytest."""
