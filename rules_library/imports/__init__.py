"""Rules of other programs, made into rulebook files; one more program is one more module here."""
