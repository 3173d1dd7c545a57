"""Receivers of what the line says: MQTT, Sparkplug, OPC UA, webhooks, JSON lines and Prometheus."""
