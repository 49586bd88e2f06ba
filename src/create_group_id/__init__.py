"""Create group IDs of ApsaraMQ for MQTT, for every trigger of Function Compute.

This module runs what must precede the import of the libraries.
"""

import warnings

from create_group_id import pattern_cache

# The log and the User-Agent contain it; the package step writes it into the zip's metadata.
__version__ = "0.1.0"

pattern_cache.fill()
# The zip omits charset_normalizer. requests works without it, but warns when it is imported.
warnings.filterwarnings("ignore", "Unable to find acceptable character detection")
