"""Tests, by what they touch: domain, services, web, journeys; fixtures are in the modules beside this one."""
