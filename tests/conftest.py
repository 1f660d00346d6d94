"""How many examples the property tests try: a hundred or a share of it, `make test-slow` more."""

from hypothesis import settings

settings.register_profile("long", max_examples=2000, deadline=None)
