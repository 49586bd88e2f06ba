"""Where this project is: the one place that knows."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src"
SAMPLES = ROOT / "events"
