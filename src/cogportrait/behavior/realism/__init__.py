"""Is behaviour like people's: quantities measured on curves, beside the ranges of the priors."""
