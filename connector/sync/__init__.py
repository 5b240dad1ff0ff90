"""Runs that bring an organization's records up to what its platform says today."""
