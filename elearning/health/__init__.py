"""Health of a running installation: /health/live for containers and balancers, /health/ for the people who run it."""
