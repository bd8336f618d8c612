"""The one seam to AWS: as whom it is asked, and what a refusal means."""
