"""AWS on one machine: `template.yaml`, made real on moto, with the events that moto does not deliver routed to the handlers.

There is no second description of the resources: what the tests and the demo run is what deploys.
"""

import sys
from pathlib import Path

# Lambda finds the package in its layer; here it is in the layer's folder.
LAYER = str(Path(__file__).parent.parent / "layers" / "overtone")
if LAYER not in sys.path:
    sys.path.insert(0, LAYER)
