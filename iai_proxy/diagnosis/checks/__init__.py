"""Diagnostic checks of recordings, as pure functions: values in, findings out.

Each module here is one check. :mod:`~iai_proxy.diagnosis` has what a run is, and makes all checks
over it in one pass; :mod:`~iai_proxy.diagnosis` what several checks need to know of a step, worked
out once; :mod:`~iai_proxy.diagnosis.sdk_tool` repeats the SDK's own tool, line for line.
"""
