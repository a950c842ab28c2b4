"""Recording and replaying inside a process: :mod:`iai_proxy.testing.api`, and the pytest plugin that is made of it.

Nothing heavy is imported before a recording is used: the plugin is loaded by every pytest run of
its environment.
"""
