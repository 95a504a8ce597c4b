"""From a released mixture to a finetuned, safe model."""
