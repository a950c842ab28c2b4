"""iai-proxy: a transparent recording proxy for the Inverted AI driving-simulation API."""

__version__ = "0.1.0"
