"""The diagnostic checks, by family: pure functions of what a client sent and was answered.

Each module with a check has one check; its docstring is what ``explain`` prints. The other modules
have facts that several checks of a family need, worked out once for each step.
"""
