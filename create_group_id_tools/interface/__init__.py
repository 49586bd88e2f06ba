"""The interface for machines: the documents of OpenAPI and AsyncAPI, from the shipped schemas."""
