"""What bridgex keeps on disk: results of stages and items, and files written whole."""
