"""Runs as checks see them, and all checks in one pass over them.

That is: which steps continue which, whom the client drives, and what each check says.
"""
