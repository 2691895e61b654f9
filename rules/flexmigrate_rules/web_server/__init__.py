"""Rules about the start command and the web server behind it."""
