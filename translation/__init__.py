"""NLLB translation that keeps structure and checks itself."""
