"""What all tests share."""

from hypothesis import settings

# A busy machine is no defect: examples have no deadline of their own, the suite as a whole has one.
settings.register_profile("vigie", deadline=None)
settings.load_profile("vigie")
