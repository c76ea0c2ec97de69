import BenchmarkInputs
import Testing
