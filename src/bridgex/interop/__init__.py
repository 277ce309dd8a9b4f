"""The ecosystem's own formats, in and out."""
