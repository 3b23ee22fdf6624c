"""Work permits: asked for by firms, held against what is around them, granted by operators."""
