"""What is added to Argilla inside its own environment: an embedded search engine, the guard, one process.

Only `text` and `index` can be imported without argilla-server.
"""
