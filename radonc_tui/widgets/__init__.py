"""The parts that several screens are made of; none of them knows an action."""
