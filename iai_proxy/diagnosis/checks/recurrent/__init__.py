"""Checks of recurrent states: were they sent back as they were answered."""
