"""The source vocabulary: a badge class as the Open Badges standards describe it."""
