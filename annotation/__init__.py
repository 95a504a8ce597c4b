"""The real Argilla server, campaigns, agreement and scores."""
