"""The ``cloudledger`` command. What is heavy is imported by the command that needs it."""

from cloudledger.cli.app import app

__all__ = ["app"]
