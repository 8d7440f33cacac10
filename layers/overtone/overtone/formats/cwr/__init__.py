"""CISAC's Common Works Registration, read (2.1 to 3.1) and written: registrations, societies' answers, acknowledgements."""
