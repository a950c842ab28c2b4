"""What programs read: ``iai_proxy.open`` and what it gives."""
