"""What a client needs to go through the proxy: our CA, trust, its environment, its process."""
