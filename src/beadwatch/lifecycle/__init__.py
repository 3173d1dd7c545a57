"""What happens to models and data over time: collecting, drift, retraining, the gate before a release."""
