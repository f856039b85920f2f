"""Rule templates, one JSON file each; to add one, add a file (`rules_library.preset` reads it)."""
