"""Files in and out: images, sound, video, controls."""
