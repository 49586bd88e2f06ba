"""Creates an MQTT Group ID of ApsaraMQ for MQTT from whatever triggered the function."""

import warnings

# The zip leaves charset_normalizer out; requests provides for that, but says so at a cold start.
warnings.filterwarnings("ignore", "Unable to find acceptable character detection")
