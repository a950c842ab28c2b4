"""What several checks need to know: who is who, what was changed on the way back, how agents move."""
