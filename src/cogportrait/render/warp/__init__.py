"""The CPU renderer: layered eyes and mouth on a warped portrait."""
