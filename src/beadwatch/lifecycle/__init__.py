"""The loop around the models: collect, watch for drift, retrain, gate, register, notify. No Prefect."""
