"""Work that outlives a process: claimed under a lease, fenced, renewed, taken over, finished."""
