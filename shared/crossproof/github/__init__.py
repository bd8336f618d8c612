"""The one seam to GitHub: what is asked, how often, with which credential, and what an answer means."""
