"""A blinded review as one HTML file that opens without a network, and the answers it gives back."""
