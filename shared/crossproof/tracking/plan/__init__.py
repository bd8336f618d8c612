"""The tracking plan: how it is written, read strictly, checked, compared and explained."""
