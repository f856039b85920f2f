"""The application for a WSGI server: `waitress-serve wsgi:app`."""

from app import create_app

app = create_app()
