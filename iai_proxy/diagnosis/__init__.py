"""Runs as checks see them: which steps continue which, whom the client drives, and all checks in one pass over them."""
