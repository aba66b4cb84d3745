"""Forms made from the declared settings."""
