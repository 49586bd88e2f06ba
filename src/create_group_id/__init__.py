"""Creates an MQTT Group ID of ApsaraMQ for MQTT from whatever triggered the function."""
