"""Prove by running: find an interpreter, build an environment, start a server, ask it for a page.

Everything here executes installed packages or a command it is given, so nothing that plans or applies may import it.
"""
