"""The mesh as people draw it: nodes and edges, cards of services, a layout, and one small module per format."""
