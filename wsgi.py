"""`wsgi:app` for any WSGI server."""

from deliberate.app import create_app

app = create_app()
