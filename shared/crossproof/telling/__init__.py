"""What people are told of a report, when, and where: decided here, sent by adapters."""
