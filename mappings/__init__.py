"""From Open Badges to CTDL, as pure functions: no network, no database, no clock."""
