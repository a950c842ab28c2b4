"""Recording and replaying inside a process: :mod:`iai_proxy.testing.api` and the pytest plugin.

Nothing heavy is imported before a recording is used: every pytest run of the environment loads the
plugin.
"""
