"""Sources that never stop: what the operator configures is fetched, understood and vouched for, unattended."""
