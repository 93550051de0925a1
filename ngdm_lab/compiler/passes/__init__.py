"""Changes of a plain function's text, one file each; `order` lists them as they run."""
