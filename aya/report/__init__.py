"""Reports: counts by stage, reason and language, read from receipts."""
