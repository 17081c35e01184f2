"""The Authorization Extension's API (B.3): its paths, scopes, shapes and texts; one file per noun."""
