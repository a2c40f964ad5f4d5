"""A demonstration's cards on every step of their way, each brought there by the verb people use."""
