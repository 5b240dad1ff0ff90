"""Connected platform accounts: their settings, their sealed secrets, and whose badges they bring."""
