"""What bridgex keeps on disk: stage results, and files written whole or not at all."""
