"""AWS on one machine: `template.yaml`, made real on moto, with the events that moto does not deliver routed to the handlers.

There is no second description of the resources: what the tests and the demo run is what deploys.
"""
