"""Fine-tuning on the user's drawings: the run that starts from another network, and the report before and after."""
