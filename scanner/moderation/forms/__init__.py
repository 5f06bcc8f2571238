"""Forms of marks that confirmed cases propose: proposed, tested, accepted or refused, and taken back."""
