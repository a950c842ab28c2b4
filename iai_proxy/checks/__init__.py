"""Diagnostic checks of recordings, as pure functions: values in, findings out."""
