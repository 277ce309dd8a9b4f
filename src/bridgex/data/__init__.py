"""Named sources of texts: a catalogue, downloads, and a lock of what came."""
