"""The front-end libraries, fetched at build time; one more is a line in package.json."""
