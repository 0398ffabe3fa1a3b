/** For tests alone, by `--import`: chance is the middle of what it may be, so an agent's waits grow the same each time. */
Math.random = () => 0.5
