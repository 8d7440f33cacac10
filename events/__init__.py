"""The demo's story, samples of every trigger, and events that must be refused. `python -m events.generate` writes them all."""
