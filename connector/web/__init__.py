"""HTTP for people: one plain page for now, complete without JavaScript."""
