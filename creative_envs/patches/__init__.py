"""Image-patch composition: pictures put together out of a library of patches."""
