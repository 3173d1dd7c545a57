"""What must outlast the process: inspections in SQL, picture bytes by their hash. Knows no models and no HTTP."""
