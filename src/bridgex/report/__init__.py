"""Results for people: tables on the terminal, files for machines."""
