"""The application for a WSGI server: `waitress-serve wsgi:app`.

It answers people, programs and Web Connectors. The schedule and the jobs that pages start run in
`rulebooks serve`: have at least one of those on the same database.
"""

from app import create_app

app = create_app()
