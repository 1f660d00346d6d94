"""``python -m cloudledger.cli``."""

from cloudledger.cli.app import app

app(prog_name="cloudledger")
