"""From bytes to pixels: decoding and resizing. Knows no models and no welds."""
