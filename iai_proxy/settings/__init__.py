"""What can be set, wherever it is set: flags, variables, settings files, addon options, markers."""
