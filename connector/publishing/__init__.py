"""Sends what people approved to a registry, and knows what the registry holds."""
