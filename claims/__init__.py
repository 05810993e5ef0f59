"""Says what a claim is, brings claims in, keeps them, and can make up a city of them."""
