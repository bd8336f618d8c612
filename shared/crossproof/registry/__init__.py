"""Speaks to a registry as the OCI distribution specification says. ECR's own API is in aws/."""
