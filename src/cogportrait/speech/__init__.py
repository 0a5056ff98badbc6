"""Sound to phones, pauses and mouth action units."""
