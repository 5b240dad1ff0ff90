"""The target vocabulary: Credential Transparency Description Language (CTDL) records and their documents."""
