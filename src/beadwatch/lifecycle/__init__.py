"""How models get better by themselves: collect, watch for drift, retrain, gate."""
