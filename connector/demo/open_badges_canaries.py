"""Personal things in the documents of the practice issuer. Whoever reads those must store and show none of them.

Each is a text of its own that occurs nowhere else, so that a test can look for it in a database or an answer.
"""

from __future__ import annotations

from hashlib import sha256

RECIPIENT_EMAIL = "canary-earner@recipient.example"
RECIPIENT_SALT = "canary-salt-7d1e"
RECIPIENT_HASH = "sha256$" + sha256(f"{RECIPIENT_EMAIL}{RECIPIENT_SALT}".encode()).hexdigest()
RECIPIENT_ID = "did:example:canary-earner-5b20"
RECIPIENT_NAME = "Canary Earner 5b20"
RECIPIENT_STORY = "canary-evidence-9c44"
ISSUER_EMAIL = "canary-office@issuer.example"
ISSUER_PHONE = "+1-555-0100-canary"

ABOUT_RECIPIENTS = (
    RECIPIENT_EMAIL,
    RECIPIENT_SALT,
    RECIPIENT_HASH,
    RECIPIENT_ID,
    RECIPIENT_NAME,
    RECIPIENT_STORY,
)
ABOUT_ISSUERS = (ISSUER_EMAIL, ISSUER_PHONE)
PERSONAL = (*ABOUT_RECIPIENTS, *ABOUT_ISSUERS)
