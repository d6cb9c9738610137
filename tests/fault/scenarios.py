"""scenarios.py: all faults, in the order of docs/FAULTS.md."""
import deaths  # noqa: F401
import stops  # noqa: F401
import disks  # noqa: F401
import lacks  # noqa: F401
import liars  # noqa: F401
import storms  # noqa: F401
