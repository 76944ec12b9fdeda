"""Files that people upload are first read in a process of its own, within limits of processor time and memory.

Reading, linting and compiling are bounded one by one; this is the second wall, for what nobody thought of: a file that
costs more than a deployment may cost ends a helper process, never the server.
"""

from engine.uploads.inspector import UploadInspector, UploadLimits

__all__ = ["UploadInspector", "UploadLimits"]
