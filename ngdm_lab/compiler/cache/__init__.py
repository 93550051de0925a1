"""What is kept on disk between processes: where it lies, who else could write there, and what is thrown away."""
