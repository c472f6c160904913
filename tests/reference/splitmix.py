"""The random numbers of the data that reference values are of; the tests draw the same."""

MASK = (1 << 64) - 1


class Random:
    """SplitMix64."""

    def __init__(self, state):
        self.state = state

    def unit(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = ((self.state ^ (self.state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return ((z ^ (z >> 31)) >> 11) / float(1 << 53)
