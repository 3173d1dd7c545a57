"""Where the torch was: from a speed, from a robot's file, or live from MQTT or OPC UA. `address` opens one."""
