"""A local page to search and page through the rows of a version, kept and dropped."""
