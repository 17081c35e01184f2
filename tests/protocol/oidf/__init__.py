"""What the OpenID Foundation's conformance suite does, done by us: one test for every module of its plans."""
