"""Fine-tuning on the user's drawings: runs that start from another network, and the report before and after."""
