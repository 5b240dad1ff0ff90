"""Organizations that own credentials, and the people who look after them."""
