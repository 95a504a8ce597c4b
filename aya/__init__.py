"""Build, curate, release and train on massively multilingual instruction collections."""
