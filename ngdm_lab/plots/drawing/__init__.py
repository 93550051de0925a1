"""What every figure is drawn with: style, layout, fields, words."""
