"""The shapes of the REST API, for its description and for what comes in: Pydantic stays at this edge."""
