"""The practice platforms: real HTTP servers on this machine, and the invented badges that they list."""
