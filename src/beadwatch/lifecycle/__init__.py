"""The loop: what users send becomes data, data is watched for drift, and a better model takes over by the rules."""
