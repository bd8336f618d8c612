"""What a job can do: what was seen of its credentials and surroundings, weighed against what each action needs."""
