"""The station: inspections over HTTP and the page to make them with. Never imports torch."""
