package runner

// Windows has no such limit.

func descriptorsMax() int { return 1 << 20 }
