"""The compliance matrix: which test proves which paragraph, as seen in a run, written to ``docs/conformance.md``."""
