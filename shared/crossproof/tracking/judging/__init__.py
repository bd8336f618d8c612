"""The judge: each line against its event, all lines against each other, and what follows from it."""
