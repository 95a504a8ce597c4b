"""Recipes for common jobs, written from a few answers."""
