"""Settings of the whole product."""
