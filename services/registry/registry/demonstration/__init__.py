"""A synthetic province on its way through the registry, each step by the verb that people use."""
