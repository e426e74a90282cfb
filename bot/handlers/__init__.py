"""Updates in, replies out: extract, ask, render, reply."""
