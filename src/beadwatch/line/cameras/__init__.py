"""Where frames come from: recordings, folders of pictures, network and USB cameras, GigE Vision."""
