// Placeholder until the architecture arrives.
