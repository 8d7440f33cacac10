"""The command line, `overtone`: each module adds its commands to one app."""
