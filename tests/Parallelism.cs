using Xunit.v3;

// Much of what these tests do is waiting: for elections, for batches that stand, for programs to start.
[assembly: Parallelization(MaxThreads = 4)]
