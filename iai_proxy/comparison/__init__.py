"""Where two runs part: set-up, steps, agents, findings and latencies, as values."""
