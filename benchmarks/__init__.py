"""Measurements that a claim of this repository rests on: see README.md."""
