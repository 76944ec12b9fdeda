"""The parts of the reader: bytes to tree, tree to model. `engine.bpmn.read` puts them together."""
