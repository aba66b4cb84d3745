"""Several processes that train one run: finding each other, sharing batches, and following the leader."""
