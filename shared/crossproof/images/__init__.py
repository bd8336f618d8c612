"""Which image a change is to be tested with: the companion's commit that belongs to it, and an image that has both."""
