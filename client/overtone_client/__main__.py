"""`python -m overtone_client`: the command line where it is not installed."""

from overtone_client.commands.app import main

if __name__ == "__main__":
    main()
