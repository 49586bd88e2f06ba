"""Coverage-guided fuzzing of the function, the stub and the local Function Compute."""
