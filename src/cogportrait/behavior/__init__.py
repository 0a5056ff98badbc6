"""How faces move in time: labels, kinematic curves, composition."""
