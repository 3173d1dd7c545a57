"""The line: watch a weld as it is made, say what goes wrong and where on the part, and tell the machine in time."""
