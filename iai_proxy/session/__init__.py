"""What recording and replaying have in common around the proxy that they run."""
