"""Language models: found, loaded, proved, captured from, and asked to generate."""
