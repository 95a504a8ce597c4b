"""Versioned releases on the Hugging Face Hub."""
