"""How a server that stands alone writes its log: JSON, a line each, whoever writes."""

from __future__ import annotations

import json
import logging
from typing import Any, Final


class JsonLines(logging.Formatter):
    """What Python's logging is told, as one line of JSON each: of uvicorn, of us, and warnings."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record; a traceback is a field of it."""
        line = {"time": round(record.created, 3), "level": record.levelname.lower(), "event": "log"}
        line |= {"logger": record.name, "message": record.getMessage().strip()}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


_TO_STDERR: Final = {"handlers": ["stderr"], "level": "WARNING", "propagate": False}
LOGGING: Final[dict[str, Any]] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": f"{__name__}.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
    "loggers": dict.fromkeys(("uvicorn", "jupyter_tracker", "py.warnings", "asyncio"), _TO_STDERR),
}
"""For `logging.config.dictConfig`."""
