"""The only room that reads settings and wires the others together: command line, server, web page."""
