"""Every figure in docs/ has its command here."""
