"""`python -m crossproof <action>`: the front door, for runners and laptops alike."""

from crossproof.cli import entry

if __name__ == "__main__":
    entry()
