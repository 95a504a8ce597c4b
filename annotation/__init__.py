"""The real Argilla server, campaigns, agreement and scores."""

SOURCES: dict[str, str] = {"campaign": "annotation.source:CampaignSource"}
STAGES: dict[str, str] = {"superseded": "annotation.superseded:Superseded"}
