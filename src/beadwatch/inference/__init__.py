"""Running exported models: bundle in, predictions and decisions out. NumPy and ONNX Runtime, no torch."""
