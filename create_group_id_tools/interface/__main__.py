"""Write docs/openapi.json and docs/asyncapi.json: `make interface`."""

from create_group_id_tools.interface import documents

for path, text in documents.texts().items():
    path.write_text(text, encoding="utf-8")
