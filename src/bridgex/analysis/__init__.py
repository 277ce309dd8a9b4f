"""Looking inside a model: the ranking of bridges, the spectrum of languages."""
