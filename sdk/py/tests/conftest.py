"""Settings of all tests."""

from hypothesis import HealthCheck, settings

# A busy machine is no failure.
settings.register_profile("tecp", deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None)
settings.load_profile("tecp")
