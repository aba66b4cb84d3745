"""Access over the network: `providers` decides who may log in, `gate` blocks every other request, `quotas` limits use."""
