"""The live view of welding lines: takes what `beadwatch watch` sends and fans it out to browsers. Nothing is stored."""
