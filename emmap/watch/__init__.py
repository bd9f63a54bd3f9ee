"""The duty room (应急值守): alarms and their life, the duty log, rota and handovers."""
