"""Create an MQTT Group ID of ApsaraMQ for MQTT, whatever triggered the function.

What must be done before the libraries are imported is done here.
"""

import warnings

from create_group_id import pattern_cache

# Read by the log, the User-Agent and the package step, which puts it into the zip's metadata.
__version__ = "0.1.0"

pattern_cache.fill()
# The zip leaves charset_normalizer out; requests provides for that, but says so at a cold start.
warnings.filterwarnings("ignore", "Unable to find acceptable character detection")
