"""Recordings cut, joined, copied and labelled. What is written is a new recording."""
