"""Protocol endpoints."""
