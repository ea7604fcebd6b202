"""Where data comes from: one module or folder a system, each able to run alone; none knows the orchestrator."""
