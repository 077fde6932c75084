"""The way of a request through the mesh, from manifests alone."""
