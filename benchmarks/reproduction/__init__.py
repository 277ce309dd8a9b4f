"""What the released scripts compute, quirk by quirk; for comparison only."""
