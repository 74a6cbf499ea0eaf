"""What is wrong with a policy document."""


class PolicyError(ValueError):
    """It is no policy, or holds something that is not known here: nobody is let in by it. The text says what."""
