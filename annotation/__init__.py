"""The real Argilla server, campaigns, agreement and scores."""

SOURCES: dict[str, str] = {"campaign": "annotation.source:CampaignSource"}
